// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.LabWitness;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo lab …}: servers on this machine, to try things out. */
@Command(
    name = "lab",
    description = {
      "Servers on this machine: each with its own network, mounts, processes, disks and a power",
      "switch, joined by cables that can be cut. For trying Meikyo; needs root and iproute2."
    },
    subcommands = {
      LabBackupsCommand.class,
      LabRestoresCommand.class,
      LabRestartsCommand.class,
      LabCommand.Disk.class,
      LabFailoverCommand.class,
      LabFaultsCommand.class,
      LabSoakCommand.class
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabCommand implements Runnable {
  private static final String SERVER = "server1, server2 …";
  private static final String MIRROR = "Name of the mirror disk: md1.";

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--lab",
      paramLabel = "FOLDER",
      description = "Where the lab is. Default: /var/tmp/meikyo-lab.")
  private @Nullable Path folder;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** The lab that is meant. */
  private Lab lab() {
    return lab(Lab.STANDARD);
  }

  /** The lab that is meant, or one in a folder of its own. */
  Lab lab(Path standard) {
    return new Lab(
        folder == null ? standard : folder,
        Path.of(System.getProperty("meikyo.root", ".")),
        this::say,
        new ProgressBar(spec.commandLine().getErr()));
  }

  private void say(Notice notice) {
    main.texts().lines(notice).forEach(out()::println);
    out().flush();
  }

  /** Work that may fail as labs do. */
  private interface Work {
    int run(Lab lab) throws LabProblem, IOException, InterruptedException;
  }

  private int attempt(Work work) throws InterruptedException {
    try {
      return work.run(lab());
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "lab", "-", String.valueOf(e.getMessage())));
    } finally {
      out().flush();
    }
  }

  @Command(
      name = "up",
      description = {
        "Builds a lab and starts it; what an earlier one left is removed first.",
        "Ends when every replica is in sync and the group failover1 is online on server1: floating",
        "IP 10.77.0.100, mirror disk md1 with ext4 at /srv/md1, and an application on it."
      })
  int up(
      @Option(names = "--servers", paramLabel = "N", defaultValue = "2", description = "2 to 8.")
          int servers,
      @Option(
              names = "--size",
              paramLabel = "SIZE",
              defaultValue = "1GiB",
              converter = Sizes.class,
              description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
          long size,
      @Option(
              names = "--front-end",
              paramLabel = "auto|nbd",
              defaultValue = "auto",
              description = "auto: a block device and a file system; nbd: NBD clients only.")
          String frontEnd,
      @Option(
              names = "--witness",
              arity = "0..1",
              paramLabel = "voter|http",
              defaultValue = "",
              fallbackValue = "voter",
              description = {
                "What decides when servers lose each other: witness1 as a third vote, which is the",
                "default, or as a witness over HTTP for two servers."
              })
          String witness,
      @Option(
              names = "--application",
              paramLabel = "none|ledger|postgresql",
              defaultValue = "ledger",
              description = "What the group runs. Default: ${DEFAULT-VALUE}.")
          String application,
      @Option(
              names = "--profile",
              paramLabel = "fast|calm",
              defaultValue = "fast",
              description = "Times of heartbeats and leases. Default: ${DEFAULT-VALUE}.")
          String profile,
      @Option(
              names = "--no-cluster",
              description = "Mirror agents only, with a keeper of their deciding record.")
          boolean noCluster)
      throws InterruptedException {
    boolean known =
        List.of("auto", "nbd").contains(frontEnd)
            && List.of("fast", "calm").contains(profile)
            && List.of("", "voter", "http").contains(witness)
            && (!witness.equals("http") || (servers == 2 && !noCluster))
            && List.of("none", "ledger", "postgresql").contains(application);
    if (servers < 2 || servers > 8 || !known) {
      throw new CommandFailed(
          Notice.of(
              CliNotice.USAGE,
              "--servers 2..8, --front-end auto|nbd, --application none|ledger|postgresql,"
                  + " --profile fast|calm, --witness=voter|http (http: two servers)",
              "meikyo lab up"));
    }
    LabPlan.Wish wish =
        new LabPlan.Wish(
            servers,
            size,
            frontEnd.equals("auto"),
            !noCluster,
            LabApplication.valueOf(application.toUpperCase(Locale.ROOT)),
            profile,
            witness.equals("http") ? LabWitness.HTTP : LabWitness.VOTER);
    return attempt(lab -> {
      if (!noCluster && witness.isEmpty()) {
        say(Notice.of(LabNotice.WITNESS_USED, "witness1"));
      }
      lab.up(wish);
      return 0;
    });
  }

  @Command(name = "down", description = "Ends everything and removes every trace of it.")
  int down() throws InterruptedException {
    return attempt(lab -> {
      lab.down();
      return 0;
    });
  }

  @Command(name = "status", description = "Shows the servers.")
  int status(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws InterruptedException {
    return attempt(lab -> {
      List<Object> all = new ArrayList<>();
      for (Lab.ServerView view : lab.status()) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("server", view.name());
        one.put("power", view.on() ? "on" : "off");
        one.putAll(view.facts());
        all.add(one);
        if (!json) {
          say(
              Notice.of(
                  LabNotice.SERVER,
                  view.name(),
                  view.on() ? "on" : "off",
                  view.fact("role").isEmpty() ? "-" : view.fact("role"),
                  view.fact("inSync").isEmpty() ? "-" : view.fact("inSync")));
        }
      }
      if (json) {
        out().println(Json.of(all));
      }
      return 0;
    });
  }

  @Command(
      name = "exec",
      description = "Runs a command on a server; streams and exit status are passed through.")
  int exec(
      @Parameters(index = "0", paramLabel = "SERVER", description = SERVER) String server,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "After --.")
          List<String> command)
      throws InterruptedException {
    return attempt(lab -> lab.exec(server, command));
  }

  @Command(
      name = "power",
      description = {
        "off: pulls the plug; what was not flushed to the disks is lost or half written.",
        "Several servers lose their power at the same moment.",
        "on: switches on. kill: off and on again, as the reset button does."
      })
  int power(
      @Parameters(index = "0", paramLabel = "off|on|kill", description = "What to do.") String what,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "SERVER", description = SERVER)
          List<String> servers)
      throws InterruptedException {
    if (!List.of("off", "on", "kill").contains(what)) {
      throw new CommandFailed(Notice.of(CliNotice.USAGE, what, "meikyo lab power off|on|kill"));
    }
    return attempt(lab -> {
      if (!what.equals("on")) {
        lab.powerOff(servers);
      }
      if (!what.equals("off")) {
        for (String server : servers) {
          lab.powerOn(server);
        }
      }
      return 0;
    });
  }

  @Command(
      name = "net",
      description = {
        "cut: nothing passes between two machines any more. heal: as before.",
        "slow: 20 Mbit/s, with 20 ms of delay where the kernel can.",
        "With 'lan' as the second one, the first one's cable to the LAN is pulled out, or put in."
      })
  int net(
      @Parameters(index = "0", paramLabel = "cut|heal|slow", description = "What to do.")
          String what,
      @Parameters(index = "1", paramLabel = "SERVER", description = SERVER) String a,
      @Parameters(index = "2", paramLabel = "SERVER|lan", description = SERVER) String b,
      @Option(names = "--cable", description = "Only their own cable, not the way over the LAN.")
          boolean cable)
      throws InterruptedException {
    if (!List.of("cut", "heal", "slow").contains(what)) {
      throw new CommandFailed(Notice.of(CliNotice.USAGE, what, "meikyo lab net cut|heal|slow"));
    }
    return attempt(lab -> {
      lab.net(what, a, b, cable ? Lab.Between.CABLE : Lab.Between.ALL);
      return 0;
    });
  }

  @Command(name = "nbd", description = "Prints an NBD address of the active replica.")
  int nbd(@Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror)
      throws InterruptedException {
    return attempt(lab -> {
      out().println(lab.nbd(mirror));
      return 0;
    });
  }

  /** {@code meikyo lab disk …}. */
  @Command(name = "disk", description = "What the storage below a server could do.")
  static final class Disk implements Runnable {
    @ParentCommand private LabCommand lab;

    @Spec private CommandSpec spec;

    @Override
    public void run() {
      spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(name = "path", description = "Prints where the image is on this machine.")
    int path(
        @Parameters(index = "0", paramLabel = "SERVER", description = SERVER) String server,
        @Parameters(index = "1", paramLabel = "MIRROR", description = MIRROR) String mirror,
        @Parameters(index = "2", paramLabel = "data|cluster", description = "Which partition.")
            String partition)
        throws InterruptedException {
      if (!List.of("data", "cluster").contains(partition)) {
        throw new CommandFailed(
            Notice.of(CliNotice.USAGE, partition, "meikyo lab disk path SERVER MD data|cluster"));
      }
      return lab.attempt(l -> {
        lab.out().println(l.images().diskPath(server, mirror, partition));
        return 0;
      });
    }

    @Command(name = "snapshot", description = "Keeps both partitions as they are now.")
    int snapshot(
        @Parameters(index = "0", paramLabel = "SERVER", description = SERVER) String server,
        @Parameters(index = "1", paramLabel = "MIRROR", description = MIRROR) String mirror,
        @Option(names = "--to", paramLabel = "NAME", required = true, description = "Its name.")
            String name)
        throws InterruptedException {
      return lab.attempt(l -> {
        l.images().snapshot(server, mirror, name);
        return 0;
      });
    }

    @Command(
        name = "replace",
        description = "Puts a snapshot in the place of both partitions; the server must be off.")
    int replace(
        @Parameters(index = "0", paramLabel = "SERVER", description = SERVER) String server,
        @Parameters(index = "1", paramLabel = "MIRROR", description = MIRROR) String mirror,
        @Option(names = "--from", paramLabel = "NAME", required = true, description = "Its name.")
            String name)
        throws InterruptedException {
      return lab.attempt(l -> {
        l.images().replace(server, mirror, name);
        return 0;
      });
    }
  }
}

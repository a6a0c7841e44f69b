// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.agent.partition.Progress;
import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cli.clp.ClusterPicture.Mirror;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.process.NextStart;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Identity;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code clprestore.sh}: the steps of a restore on one server, from before its disk is replaced to
 * the end of the backup mode that came with the image.
 */
@Command(
    name = "clprestore.sh",
    description = {
      "The steps of a restore, on the server where it is typed.",
      "--pre: start nothing at boot, then shut down; the disk is replaced after that.",
      "--post: make the image on the disk this server's, start at boot again, reboot.",
      "--post --online: end the backup mode that came with the image.",
      "Exit status: 0 all done, 1 a step failed, 2 wrong usage, 3 the image is void,",
      "4 refused and nothing changed, 5 a server could not be reached."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpRestore implements Callable<Integer> {
  private static final String SELF = "clprestore.sh : ";
  private static final int UNREACHABLE = 5;

  private final ClpContext context;

  /** Which of the two. */
  static final class Phase {
    @Option(names = "--pre", description = "Before the disk is replaced.")
    boolean pre;

    @Option(names = "--post", description = "After it was replaced.")
    boolean post;
  }

  @ArgGroup(multiplicity = "1")
  private Phase phase;

  @Option(names = "--online", description = "With --post: end backup mode; nothing is rebooted.")
  private boolean online;

  @Option(
      names = "--skip-copy",
      description = "With --post: both servers get the same image, nothing is copied.")
  private boolean skipCopy;

  @Option(names = "--no-shutdown", description = "With --pre: all but the shutdown.")
  private boolean noShutdown;

  @Option(names = "--only-shutdown", description = "With --pre: the shutdown alone.")
  private boolean onlyShutdown;

  @Option(names = "--no-reboot", description = "With --post: all but the reboot.")
  private boolean noReboot;

  @Option(names = "--only-reboot", description = "With --post: the reboot alone.")
  private boolean onlyReboot;

  @Option(
      names = "--force",
      description = {
        "With --pre: although a group runs here. With --post: take an image that is void or was",
        "not taken in backup mode, or is not the one that the other server holds. It becomes in",
        "sync with nobody by itself: the side to keep is then named by hand."
      })
  private boolean force;

  ClpRestore(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    boolean wrong =
        phase.pre
            ? online || skipCopy || noReboot || onlyReboot || (noShutdown && onlyShutdown)
            : noShutdown || onlyShutdown || (noReboot && onlyReboot);
    if (wrong || (online && (noReboot || onlyReboot))) {
      return refused(Clp.WRONG_USAGE, "These options do not go together.");
    }
    if (phase.pre) {
      return pre();
    }
    return online ? endBackupMode() : post();
  }

  private int refused(int status, String... why) {
    context.failed(why);
    return status;
  }

  private int refused(int status, List<String> why) {
    return refused(status, why.toArray(String[]::new));
  }

  private List<String> lines(List<Notice> notices) {
    Catalogue texts = Catalogue.in(Language.choose(context.language(), Map.of()));
    return notices.stream().flatMap(n -> texts.lines(n).stream()).toList();
  }

  // ---- before the disk is replaced

  private int pre() throws IOException {
    if (!onlyShutdown) {
      ClusterPicture picture = context.look(false);
      List<String> here =
          picture.groups().stream()
              .filter(g -> g.owner().equals(picture.self()))
              .map(ClusterPicture.Group::name)
              .toList();
      if (!here.isEmpty() && !force) {
        return refused(
            RestoreHere.REFUSED,
            String.join(", ", here) + " runs on " + picture.self() + ".",
            "Stop it first: clpgrp -t " + here.getFirst());
      }
      startMode(StartMode.MANUAL, picture.self());
      RestoreMark.set(context.state());
      if (!noShutdown) {
        int status = down(false);
        if (status != Clp.WORKED) {
          RestoreMark.clear(context.state());
          startMode(StartMode.AUTO, picture.self());
        }
        return status;
      }
    }
    return noShutdown ? worked() : down(false);
  }

  private int worked() {
    context.out().println(SELF + "Command succeeded.");
    return Clp.WORKED;
  }

  /** In the small file of this server, which is read at boot; and in the state, if it is heard. */
  private void startMode(StartMode mode, String self) throws IOException {
    boolean manual = mode == StartMode.MANUAL;
    context
        .out()
        .println(
            SELF
                + "Changing the setting of cluster services to "
                + (manual ? "Manual" : "Auto")
                + " Startup.");
    NextStart.write(context.state(), mode);
    String word = mode.name().toLowerCase(Locale.ROOT);
    ClpContext.Answer answer =
        context.post("/v1/cluster/start-mode", "mode", word, "servers", self);
    if (!answer.worked()) {
      context.out().println("  The cluster does not decide now; it holds for the next boot here.");
    }
  }

  private int down(boolean reboot) {
    context.out().println(SELF + (reboot ? "Rebooting..." : "Shutting down..."));
    context.out().flush();
    ClpContext.Answer answer = context.post("/v1/service/down", "reboot", Boolean.toString(reboot));
    if (!answer.worked()) {
      return refused(Clp.FAILED, answer.said());
    }
    if (!reboot) {
      context.succeeded();
      return worked();
    }
    return Clp.WORKED;
  }

  // ---- after it was replaced

  private int post() throws IOException {
    ClusterPicture picture = context.look(true);
    if (!onlyReboot) {
      int status = initialise(picture);
      if (status != RestoreHere.DONE) {
        return status;
      }
    }
    if (noReboot) {
      return worked();
    }
    int status = down(true);
    if (status == Clp.WORKED) {
      context.out().println("Reboot " + picture.self() + " : Command succeeded.");
    }
    return status;
  }

  private int initialise(ClusterPicture picture) throws IOException {
    ClusterConfig config = configured();
    if (config == null) {
      return refused(RestoreHere.REFUSED, "The configuration of the cluster cannot be read.");
    }
    String self = picture.self();
    List<MirrorDisk> mirrors =
        config.mirrors().stream().filter(m -> m.on(self).isPresent()).toList();
    List<String> constructed =
        mirrors.stream().filter(MirrorDisk::initialConstruction).map(MirrorDisk::name).toList();
    if (!constructed.isEmpty()) {
      return refused(
          RestoreHere.REFUSED,
          "Initial mirror construction is on for " + String.join(", ", constructed) + ".",
          "Set initial-construction = false for it, apply (clpcfctrl --push), run this again.");
    }
    if (attached(picture, mirrors)) {
      return refused(
          RestoreHere.REFUSED,
          "The mirror agent of " + self + " is running: its mirror disks are attached.",
          "Run clprestore.sh --pre, boot, and run this again.");
    }
    List<RestoreHere.Place> places = places(picture, mirrors);
    if (places.isEmpty()) {
      return refused(RestoreHere.REFUSED, "There is no mirror disk on " + self + ".");
    }
    RestoreHere restore = new RestoreHere(places, force, !skipCopy, Progress.NONE);
    RestoreHere.Outcome looked = restore.check();
    if (looked.status() != RestoreHere.DONE) {
      return refused(looked.status(), lines(looked.notices()));
    }
    List<String> others = skipCopy && !force ? otherImages(picture, looked.cuts()) : List.of();
    if (!others.isEmpty()) {
      return refused(RestoreHere.REFUSED, others);
    }
    context.out().println("Mirror info will be set as default.");
    RestoreHere.Outcome made = restore.run();
    if (made.status() != RestoreHere.DONE) {
      return refused(made.status(), lines(made.notices()));
    }
    lines(made.notices().stream().filter(n -> n.severity() != Severity.INFO).toList())
        .forEach(line -> context.out().println("  " + line));
    context.out().println("Initializing mirror disk complete.");
    startMode(StartMode.AUTO, self);
    RestoreMark.clear(context.state());
    if (!skipCopy) {
      String name = places.getFirst().mirror();
      context.out().println("  No side leads by itself. When both are back, on the one to keep:");
      context.out().println("  clpmdctrl --force " + name + ", then clpgrp -s on this server,");
      context.out().println("  then clpmdctrl --recovery " + name + ": the other is filled.");
    }
    return RestoreHere.DONE;
  }

  private static boolean attached(ClusterPicture picture, List<MirrorDisk> mirrors) {
    for (MirrorDisk m : mirrors) {
      Mirror known = picture.mirror(m.name());
      Map<String, String> agent =
          known == null ? Map.of() : known.agents().getOrDefault(picture.self(), Map.of());
      if (!agent.getOrDefault("role", "DETACHED").equals("DETACHED")) {
        return true;
      }
    }
    return false;
  }

  private static List<RestoreHere.Place> places(ClusterPicture picture, List<MirrorDisk> mirrors) {
    List<RestoreHere.Place> places = new ArrayList<>();
    for (MirrorDisk m : mirrors) {
      Mirror known = picture.mirror(m.name());
      MirrorDisk.Replica own = m.on(picture.self()).orElse(null);
      if (known != null && own != null) {
        Identity identity =
            new Identity(
                UUID.fromString(picture.clusterId()),
                UUID.fromString(known.diskId()),
                own.number());
        places.add(
            new RestoreHere.Place(m.name(), Path.of(own.data()), Path.of(own.cluster()), identity));
      }
    }
    return places;
  }

  /**
   * The group was stopped for the restore, since its mirror disk was still in the backup mode of an
   * image; the configuration says that it starts by itself. What else is stopped was meant to be.
   */
  private void startStopped(ClusterPicture picture, List<String> restored) throws IOException {
    ClusterConfig config = configured();
    if (config == null) {
      return;
    }
    for (Group group : config.groups()) {
      ClusterPicture.Group now = picture.group(group.name());
      boolean stopped = now != null && !now.wanted();
      boolean forThis = group.mirrors().stream().anyMatch(restored::contains);
      if (stopped && forThis && group.startup() == Mode.AUTO) {
        ClpContext.Answer answer = context.post("/v1/groups/" + group.name() + "/start");
        if (!answer.worked()) {
          context.out().println("  " + group.name() + " is to be started by hand: clpgrp -s");
        }
      }
    }
  }

  /** What the other servers that are restored already hold, if it is another cut. */
  private static List<String> otherImages(ClusterPicture picture, Map<String, CutRecord> cuts) {
    List<String> differs = new ArrayList<>();
    cuts.forEach((name, cut) -> {
      Mirror known = picture.mirror(name);
      if (known == null) {
        return;
      }
      String here = Long.toHexString(cut.cutId());
      known
          .agents()
          .forEach((server, facts) -> {
            String there = facts.getOrDefault("cut", here);
            boolean restored = "RESTORED".equals(facts.get("condition"));
            if (restored && !server.equals(picture.self()) && !there.equals(here)) {
              differs.add(
                  name
                      + ": "
                      + server
                      + " holds the image of cut "
                      + there
                      + ", this server that of cut "
                      + here
                      + ".");
            }
          });
    });
    if (!differs.isEmpty()) {
      differs.add("Put the same image on both servers, or name the side to keep: --force.");
    }
    return differs;
  }

  private @Nullable ClusterConfig configured() throws IOException {
    HttpSeam.Response r =
        context.api().ask(new HttpSeam.Request("GET", "/v1/config", Map.of(), ""));
    Object text = JsonText.object(r.json()).get("text");
    return ConfigReader.read("config", String.valueOf(text)).config().orElse(null);
  }

  // ---- the end of backup mode

  private static String flag(Mirror m, String server) {
    return m.agents().getOrDefault(server, Map.of()).getOrDefault("flag", "");
  }

  private int endBackupMode() throws IOException {
    ClusterPicture picture = context.look(false);
    List<Mirror> mirrors =
        picture.mirrors().stream().filter(m -> m.servers().contains(picture.self())).toList();
    List<String> restored =
        mirrors.stream()
            .filter(m -> "true".equals(flag(m, picture.self())))
            .map(Mirror::name)
            .toList();
    startMode(StartMode.AUTO, picture.self());
    RestoreMark.clear(context.state());
    context.out().println(SELF + "Ending backup-mode.");
    for (Mirror m : mirrors) {
      List<String> errors = new ArrayList<>();
      try {
        if (context.agent().ask(List.of("backup.flag-off", m.name()), errors) != 0) {
          errors.addFirst(m.name() + ":");
          return refused(Clp.FAILED, errors);
        }
      } catch (IOException e) {
        return refused(
            UNREACHABLE,
            "The mirror agent of " + picture.self() + " does not answer: " + e.getMessage(),
            "To be done here: clprestore.sh --post --online --skip-copy");
      }
    }
    context.out().println("All backup flags have set to <OFF>.");
    startStopped(picture, restored);
    return worked();
  }
}

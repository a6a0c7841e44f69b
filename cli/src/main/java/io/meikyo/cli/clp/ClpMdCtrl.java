// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Mirror;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clpmdctrl}: steers the mirror disks of this server. */
@Command(name = "clpmdctrl", description = "Steers the mirror disks of this server.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpMdCtrl implements Callable<Integer> {
  /** Looks at a role that is still being given: as long as others have to agree. */
  private static final int TRIES = 100;

  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(
        names = {"--break", "-b"},
        description = "Stop mirroring to the other server.")
    boolean apart;

    @Option(
        names = {"--recovery", "-r"},
        description = "Bring the other server up to date.")
    boolean recovery;

    @Option(
        names = {"--force", "-f"},
        description = "Take this server's data for the newest, at the operator's word.")
    boolean force;

    @Option(
        names = {"--cancel", "-c"},
        description = "Stop the recovery.")
    boolean cancel;

    @Option(names = "--rwait", description = "Wait until both are in sync.")
    boolean wait;

    @Option(
        names = {"--active", "-a"},
        description = "Make it active here.")
    boolean active;

    @Option(
        names = {"--deactive", "-d"},
        description = "Make it standby here.")
    boolean deactive;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Parameters(
      arity = "1..2",
      paramLabel = "[SERVER] MIRROR",
      description = "With --force the server whose data is kept. Default: here.")
  private List<String> names;

  @Option(names = "-timeout", paramLabel = "SECONDS", description = "Wait at most so long.")
  private @Nullable Long timeout;

  @Option(names = "-rcancel", description = "When the wait is over: stop the recovery.")
  private boolean cancelAfter;

  @Option(names = "-y", description = "Do not ask.")
  private boolean sure;

  ClpMdCtrl(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    String mirror = names.getLast();
    boolean worked;
    if (what.wait) {
      worked = await(mirror);
    } else if (what.force) {
      worked = force(mirror);
    } else if (what.recovery) {
      worked = ask("mirror.connect", mirror) && recover(mirror);
    } else if (what.apart) {
      worked = ask("mirror.disconnect", mirror);
    } else if (what.cancel) {
      worked = ask("mirror.cancel", mirror);
    } else {
      worked = ask(what.active ? "mirror.activate" : "mirror.standby", mirror);
    }
    if (worked) {
      context.succeeded();
    }
    return worked ? Clp.WORKED : Clp.FAILED;
  }

  /**
   * A replica that was restored on the other server alone is an image, and known to be one: to
   * bring it up to date is to give up what is in it. That of any other is not given up here.
   */
  private boolean recover(String mirror) throws IOException {
    ClusterPicture picture = context.look(false);
    Mirror known = picture.mirror(mirror);
    boolean image =
        known != null
            && known.agents().getOrDefault(picture.self(), Map.of()).entrySet().stream()
                .anyMatch(f ->
                    f.getKey().startsWith("peers.")
                        && f.getKey().endsWith(".outcome")
                        && f.getValue().equals("PEER_RESTORED"));
    return image
        ? ask("mirror.recover", mirror, "from=" + picture.self())
        : ask("mirror.recover", mirror);
  }

  private boolean ask(String... words) throws IOException {
    List<String> errors = new ArrayList<>();
    boolean done = context.agent().ask(List.of(words), errors) == 0;
    if (!done) {
      context.failed(errors.toArray(String[]::new));
    }
    return done;
  }

  /**
   * The word is kept in the cluster's state, for one activation. That comes at once, and the role
   * is given back: from then on this replica is in sync alone, and its group starts as any other.
   * Where it is active already, only the word is given.
   */
  private boolean force(String mirror) throws IOException {
    ClusterPicture picture = context.look(true);
    Mirror known = picture.mirror(mirror);
    String self = picture.self();
    String server = names.size() > 1 ? names.getFirst() : self;
    if (known == null || !known.servers().contains(server)) {
      context.failed("There is no mirror disk " + mirror + " on " + server + ".");
      return false;
    }
    if (!server.equals(self)) {
      context.failed("The data of " + server + " is kept by its own word.", "Type this there.");
      return false;
    }
    boolean active = isActive(known, self);
    for (String other : known.servers()) {
      if (!active && isActive(known, other)) {
        context.failed(mirror + " is active on " + other + ".", "Stop its group first: clpgrp -t");
        return false;
      }
    }
    if (!sure) {
      context
          .out()
          .println(
              mirror
                  + ": the data of "
                  + server
                  + " is taken for the newest; what it lacks is lost. In sync: "
                  + String.join(", ", known.inSync())
                  + ". Go on? (yes/no)");
      context.out().flush();
      String word = context.in().readLine();
      if (word == null || !(word.strip().equals("yes") || word.strip().equals("y"))) {
        context.failed("Nothing was changed.");
        return false;
      }
    }
    ClpContext.Answer answer = context.post("/v1/mirrors/" + mirror + "/force", "server", server);
    if (!answer.worked()) {
      context.failed(answer.said().toArray(String[]::new));
      return false;
    }
    return active || (ask("mirror.activate", mirror, "force") && giveBack(mirror));
  }

  private static boolean isActive(Mirror mirror, String server) {
    return "ACTIVE".equals(mirror.agents().getOrDefault(server, Map.of()).get("role"));
  }

  /** Refused as long as the other server is being met. */
  private boolean giveBack(String mirror) throws IOException {
    List<String> errors = new ArrayList<>();
    for (int i = 0; i < TRIES; i++) {
      errors.clear();
      if (context.agent().ask(List.of("mirror.standby", mirror), errors) == 0) {
        return true;
      }
      if (!context.pause().getAsBoolean()) {
        break;
      }
    }
    context.failed(errors.toArray(String[]::new));
    return false;
  }

  private boolean await(String mirror) throws IOException {
    long until =
        System.nanoTime() + (timeout == null ? Long.MAX_VALUE / 4 : timeout * 1_000_000_000L);
    do {
      Mirror m = context.look(false).mirror(mirror);
      if (m == null) {
        context.failed("There is no mirror disk " + mirror + ".");
        return false;
      }
      if (m.inSync().containsAll(m.servers())) {
        return true;
      }
    } while (System.nanoTime() < until && context.pause().getAsBoolean());
    if (cancelAfter) {
      boolean _ = ask("mirror.cancel", mirror);
    }
    context.failed(mirror + " is not in sync on all servers.");
    return false;
  }
}

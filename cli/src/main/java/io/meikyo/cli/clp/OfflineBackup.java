// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Group;
import io.meikyo.cli.clp.ClusterPicture.Member;
import io.meikyo.cli.clp.ClusterPicture.Mirror;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * {@code clpbackup.sh} without {@code --online}: servers are shut down for their image.
 *
 * <pre>
 *   first server:  cluster service stopped everywhere ─▶ nothing starts at boot
 *                    ─▶ every mirror disk active here, cut, given back with its flag ─▶ shutdown
 *   the others:    look that the flag is on here ─▶ shutdown
 *   each, later:   flag off ─▶ starts at boot as before ─▶ reboot
 * </pre>
 *
 * A step that fails takes those before it back. One thread.
 */
final class OfflineBackup {
  private static final String SELF = "clpbackup.sh : ";
  private static final int IMAGE_VOID = 3;
  private static final int REFUSED = 4;
  private static final int UNREACHED = 5;

  /** The cut takes moments; writes wait no longer than this for it, s. */
  private static final String SECONDS = "60";

  /** Looks at an agent that was just started, or made active: until it has met the others. */
  private static final int TRIES = 300;

  private final ClpContext context;

  /** Of this call, in hexadecimal. */
  private final String cut = Long.toHexString(new SecureRandom().nextLong() | 1);

  /** The cluster has taken it from this call. */
  private boolean begun;

  OfflineBackup(ClpContext context) {
    this.context = context;
  }

  private int ill(int status, List<String> why) {
    context.out().flush();
    why.forEach(context.err()::println);
    context.err().println(SELF + "Command failed.");
    context.err().flush();
    return status;
  }

  private int ill(int status, String... why) {
    return ill(status, List.of(why));
  }

  private int well() {
    say(SELF + "Command succeeded.");
    return Clp.WORKED;
  }

  private void say(String line) {
    context.out().println(line);
    context.out().flush();
  }

  private void manual() {
    say(SELF + "Changing the setting of cluster services to Manual Startup.");
  }

  private void flagsOn() {
    say(SELF + "Beginning backup-mode.");
    say("All backup flags have set to <ON>.");
  }

  /** An order to the mirror agent of this server. */
  private boolean agent(List<String> errors, String... words) throws IOException {
    return context.agent().ask(List.of(words), errors) == 0;
  }

  private static List<Mirror> here(ClusterPicture picture) {
    return picture.mirrors().stream().filter(m -> m.servers().contains(picture.self())).toList();
  }

  private static String fact(ClusterPicture picture, Mirror mirror, String name) {
    return mirror.agents().getOrDefault(picture.self(), Map.of()).getOrDefault(name, "");
  }

  // ---- begin

  int pre(boolean noShutdown, boolean onlyShutdown) throws IOException {
    if (!onlyShutdown) {
      ClusterPicture picture = context.look(true);
      int status = picture.offline().contains(picture.self()) ? again(picture) : first(picture);
      if (status != Clp.WORKED) {
        return status;
      }
    }
    if (noShutdown) {
      return well();
    }
    int status = down(false);
    if (status == Clp.WORKED) {
      context.succeeded();
      return well();
    }
    return status;
  }

  private int down(boolean reboot) {
    say(SELF + (reboot ? "Rebooting..." : "Shutting down..."));
    ClpContext.Answer answer = context.post("/v1/service/down", "reboot", Boolean.toString(reboot));
    return answer.worked() ? Clp.WORKED : ill(Clp.FAILED, answer.said());
  }

  /** The cut was taken already, by the command on another server or by a former one here. */
  private int again(ClusterPicture picture) {
    for (Mirror m : here(picture)) {
      String flag = fact(picture, m, "flag");
      if (flag.isEmpty()) {
        return ill(UNREACHED, "The mirror agent of " + picture.self() + " does not answer.");
      }
      if (!flag.equals("true")) {
        return ill(
            IMAGE_VOID,
            m.name() + " was used since: there is no image to be taken here.",
            "End it on each server (clpbackup.sh --post), then begin again.");
      }
    }
    manual();
    flagsOn();
    return Clp.WORKED;
  }

  private int first(ClusterPicture picture) throws IOException {
    List<String> against = against(picture);
    if (!against.isEmpty()) {
      return ill(REFUSED, against);
    }
    List<String> stopped = new ArrayList<>();
    List<String> why = new ArrayList<>();
    if (stop(picture, stopped) && mark(picture, why)) {
      return Clp.WORKED;
    }
    if (isOfAnother()) {
      // Flags, start modes and stopped services are that one's now.
      why.add("Another clpbackup.sh --pre has begun meanwhile: nothing was taken back.");
    } else {
      undo(picture, stopped);
    }
    return ill(Clp.FAILED, why);
  }

  /** Why nothing is begun; nothing if it can be. */
  private static List<String> against(ClusterPicture picture) {
    String self = picture.self();
    if (picture.backupOn() || !picture.offline().isEmpty()) {
      return List.of(
          "Backup mode is on already.",
          "End it first: clpbackup.sh --post, with --online as begun.");
    }
    if (picture.mirrors().isEmpty()) {
      return List.of("There is no mirror disk.");
    }
    for (Member m : picture.servers()) {
      if (!m.up() && !m.name().equals(self)) {
        return List.of(
            m.name() + " is not heard: only all replicas together hold an image that is whole.",
            "Start it, wait until all is GREEN, and run this again.");
      }
    }
    for (Mirror m : picture.mirrors()) {
      if (!m.servers().contains(self)) {
        return List.of(
            m.name() + " has no replica on " + self + ".",
            "Run this on one of: " + String.join(", ", m.servers()));
      }
      if (!m.agents().containsKey(self)) {
        return List.of("The mirror agent of " + self + " does not answer.");
      }
      List<String> behind = new ArrayList<>(m.servers());
      behind.removeAll(m.inSync());
      Map<String, String> leads = m.agents().getOrDefault(m.active(), Map.of());
      for (String server : m.servers()) {
        if (!leads.getOrDefault("peers." + server + ".dirtyChunks", "0").equals("0")
            && !behind.contains(server)) {
          behind.add(server);
        }
      }
      if (!behind.isEmpty()) {
        return List.of(
            m.name() + " is not GREEN on " + String.join(", ", behind) + ".",
            "Wait until its recovery has ended (clpmdstat --mirror " + m.name() + ").");
      }
    }
    return List.of();
  }

  /** Whoever owns a group comes last, so that its groups do not travel first. */
  private boolean stop(ClusterPicture picture, List<String> stopped) {
    say(SELF + "Stopping Cluster Service.");
    List<String> owners = picture.groups().stream().map(Group::owner).toList();
    List<String> running =
        picture.servers().stream()
            .filter(Member::running)
            .map(Member::name)
            .sorted(Comparator.comparingInt(s -> owners.contains(s) ? 1 : 0))
            .toList();
    for (String server : running) {
      stopped.add(server);
      if (!context.each("Stop", server, context.post("/v1/service/stop", "at", server))) {
        return false;
      }
    }
    return true;
  }

  private boolean mark(ClusterPicture picture, List<String> why) throws IOException {
    manual();
    ClpContext.Answer answer = context.post("/v1/backup/offline", "cut", cut);
    begun = answer.worked();
    if (!begun) {
      why.addAll(answer.said());
      return false;
    }
    List<String> names = here(picture).stream().map(Mirror::name).toList();
    String disks = "disks=" + String.join(",", names);
    for (String name : names) {
      if (!agent(why, "mirror.activate", name)) {
        return false;
      }
    }
    boolean sealed = cut(disks, why) && agent(why, "backup.seal", disks);
    if (sealed) {
      flagsOn();
    }
    return sealed;
  }

  /** Refused until the other replicas follow whoever has just become active. */
  private boolean cut(String disks, List<String> why) throws IOException {
    List<String> words =
        List.of("backup.freeze", disks, "max=" + SECONDS, "cut=" + cut, "by=clpbackup.sh");
    List<String> errors = new ArrayList<>();
    int status = context.agent().ask(words, errors);
    for (int i = 1; i < TRIES && status == REFUSED && context.pause().getAsBoolean(); i++) {
      errors.clear();
      status = context.agent().ask(words, errors);
    }
    why.addAll(errors);
    return status == Clp.WORKED;
  }

  private boolean isOfAnother() {
    try {
      ClusterPicture now = context.look(false);
      return !begun && !now.offline().isEmpty() && !now.cut().equals(cut);
    } catch (IOException e) {
      return false; // nothing is heard of it
    }
  }

  /** Whatever of it was done: what was not is no error here. */
  private void undo(ClusterPicture picture, List<String> stopped) throws IOException {
    List<String> quiet = new ArrayList<>();
    for (Mirror m : here(picture)) {
      boolean _ = agent(quiet, "mirror.standby", m.name());
      boolean _ = agent(quiet, "backup.flag-off", m.name());
    }
    ClpContext.Answer _ = context.post("/v1/backup/offline-end");
    boolean back = true;
    for (String server : stopped.reversed()) {
      back &= context.each("Start", server, context.post("/v1/service/start", "at", server));
    }
    if (back) {
      say(SELF + "What was done has been rolled back.");
    }
  }

  // ---- end

  int post(boolean noReboot, boolean onlyReboot) throws IOException {
    ClusterPicture picture = context.look(true);
    String self = picture.self();
    boolean ends = picture.offline().contains(self);
    if (!ends && !onlyReboot) {
      if (picture.backupOn()) {
        return ill(
            REFUSED, "An online backup is under way.", "End it: clpbackup.sh --post --online.");
      }
      say("This server was not shut down for a backup: there is nothing to end.");
      return well();
    }
    List<String> running =
        picture.groups().stream().filter(g -> g.owner().equals(self)).map(Group::name).toList();
    if (!noReboot && !running.isEmpty()) {
      return ill(
          REFUSED,
          String.join(", ", running) + " runs on " + self + ", which would be rebooted.",
          "End it without a reboot: clpbackup.sh --post --no-reboot");
    }
    int status = onlyReboot ? Clp.WORKED : end(picture);
    if (status != Clp.WORKED) {
      return status;
    }
    if (noReboot) {
      return well();
    }
    status = down(true);
    if (status == Clp.WORKED) {
      say("Reboot " + self + " : Command succeeded.");
    }
    return status;
  }

  private int end(ClusterPicture picture) throws IOException {
    String self = picture.self();
    say(SELF + "Ending backup-mode.");
    boolean idle = picture.groups().stream().noneMatch(g -> g.owner().equals(self));
    for (Mirror m : here(picture)) {
      if (idle && fact(picture, m, "role").equals("ACTIVE")) {
        // A begin that was killed has left it so, and its group could start nowhere else.
        List<String> why = new ArrayList<>();
        if (!rests(m.name(), why)) {
          why.add("Again, when the other servers are up: clpbackup.sh --post");
          return ill(UNREACHED, why);
        }
      }
      List<String> errors = flagOff(m.name());
      if (!errors.isEmpty()) {
        return ill(UNREACHED, errors);
      }
    }
    say("All backup flags have set to <OFF>.");
    say(SELF + "Changing the setting of cluster services to Auto Startup.");
    ClpContext.Answer ended = context.post("/v1/backup/offline-end", "servers", self);
    if (!ended.worked()) {
      List<String> why = new ArrayList<>(ended.said());
      why.add("To be done here when the other servers are up: clpbackup.sh --post");
      return ill(UNREACHED, why);
    }
    return Clp.WORKED;
  }

  private boolean rests(String mirror, List<String> errors) {
    try {
      return agent(errors, "mirror.standby", mirror);
    } catch (IOException e) {
      errors.add("The mirror agent of this server does not answer: " + e.getMessage());
      return false;
    }
  }

  /** After a boot an agent has first to hear of the state; what is wrong at last, else nothing. */
  private List<String> flagOff(String mirror) {
    List<String> errors = new ArrayList<>();
    for (int i = 0; i < TRIES; i++) {
      errors.clear();
      try {
        if (agent(errors, "backup.flag-off", mirror)) {
          return List.of();
        }
        errors.addFirst(mirror + ":");
      } catch (IOException e) {
        errors.add("The mirror agent of this server does not answer: " + e.getMessage());
      }
      if (!context.pause().getAsBoolean()) {
        break;
      }
    }
    errors.add("Again, when the other servers are up: clpbackup.sh --post");
    return errors;
  }
}

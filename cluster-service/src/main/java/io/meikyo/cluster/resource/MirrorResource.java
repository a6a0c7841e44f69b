// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.agent.control.ControlNotice;
import io.meikyo.agent.mirror.MirrorAgentNotice;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.core.mirror.MirrorNotice;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.NbdClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mirror disk: active on the server of its group, standby elsewhere. The mirror agent does it;
 * who may be active is the agent's and the record's decision, not ours.
 */
public final class MirrorResource implements Resource {
  private static final Duration AGAIN = Duration.ofMillis(50);

  private static final Duration SOON = Duration.ofMillis(5);

  private static final int SOON_TIMES = 100;
  private static final Duration TELL = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Pattern NBD = Pattern.compile("/dev/nbd(\\d{1,9})");
  private static final String ACTIVE = "ACTIVE";

  /**
   * Refusals that pass by themselves: the agent has just been started, a question whose answer was
   * lost is still being carried out, or the other replica is needed, which may be booting.
   */
  private static final Set<String> PASSING =
      Set.of(
          MirrorNotice.AUTHORITY_SILENT.key(),
          MirrorNotice.NOT_STANDBY.key(),
          MirrorNotice.CACHE_LOST_PEER_UNKNOWN.key(),
          MirrorAgentNotice.NOT_ATTACHED_YET.key(),
          ControlNotice.TIMED_OUT.key());

  private final Settings settings;
  private final MirrorPort agent;
  private final Answers answers;

  /**
   * What is configured.
   *
   * @param name of the resource
   * @param mirror name of the mirror disk
   * @param device where its block device must appear before it counts as started; empty: nowhere
   *     (it is reached over NBD)
   */
  public record Settings(String name, String mirror, String device) {}

  /** Makes one; nothing happens yet. */
  public MirrorResource(Settings settings, MirrorPort agent) {
    this.settings = settings;
    this.agent = agent;
    this.answers = new Answers(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  private Notice notice(ResourceNotice code, Object... values) {
    return answers.notice(code, values).about("mirror", settings.mirror());
  }

  private ActionResult ok(ResourceNotice code, Object... values) {
    return new ActionResult(ActionResult.Outcome.OK, notice(code, values));
  }

  private ActionResult failed(ResourceNotice code, Object... values) {
    return new ActionResult(ActionResult.Outcome.FAILED, notice(code, values));
  }

  /** How long it is waited until the next look. One thread. */
  private static final class Pace {
    private int quick;

    /** What was just agreed to is seen in a moment. */
    void after(MirrorPort.Answer answer) {
      if (answer.ok()) {
        quick();
      }
    }

    void quick() {
      quick = SOON_TIMES;
    }

    Duration next() {
      return quick-- > 0 ? SOON : AGAIN;
    }
  }

  // ---- asking

  /** An answer, waited for; {@code told} hears of what it waits for. */
  private MirrorPort.Answer wait(
      CompletableFuture<MirrorPort.Answer> answer, ActionContext context, Telling told) {
    while (!context.limit().isOver() && !context.limit().within(TELL).await(answer)) {
      if (!context.limit().isOver()) {
        told.about(status(context.limit()));
      }
    }
    return answer.getNow(OVER);
  }

  private static final MirrorPort.Answer OVER =
      new MirrorPort.Answer(MirrorPort.Kind.OVER, -1, Map.of(), "");

  private MirrorPort.Answer status(Limit limit) {
    Limit look = limit.within(LOOK);
    CompletableFuture<MirrorPort.Answer> answer =
        agent.ask(List.of("mirror.status", settings.mirror()), look);
    boolean _ = look.await(answer);
    return answer.getNow(OVER);
  }

  /** Says why something waits, each reason once. */
  private final class Telling {
    private final ActionContext context;
    private String last = "";

    Telling(ActionContext context) {
      this.context = context;
    }

    void about(MirrorPort.Answer status) {
      say(
          status.ok()
              ? status.fact("role")
                  + ", record "
                  + (status.fact("recordHeard").equals("true") ? "heard" : "silent")
                  + ", "
                  + status.fact("waitingFor")
              : status.kind() + ": " + status.said());
    }

    void say(String reason) {
      if (!reason.equals(last)) {
        last = reason;
        context.say(notice(ResourceNotice.MD_WAITS, settings.mirror(), reason));
      }
    }
  }

  /** What is wrong when the agent gave no answer, or refused. */
  private ActionResult trouble(MirrorPort.Answer answer, ActionContext context, String step) {
    return switch (answer.kind()) {
      case NO_AGENT ->
          failed(ResourceNotice.MD_NO_AGENT, settings.mirror(), agent.place(), answer.said());
      case LOST, SILENT ->
          failed(ResourceNotice.MD_AGENT_LOST, settings.mirror(), agent.place(), answer.said());
      case OVER -> answers.over(context, step);
      case ANSWERED -> failed(ResourceNotice.MD_REFUSED, settings.mirror(), step, answer.said());
    };
  }

  // ---- start

  @Override
  public ActionResult start(ActionContext context) {
    Telling told = new Telling(context);
    MirrorPort.Answer last = OVER;
    boolean asked = false;
    Pace pace = new Pace();
    while (!context.limit().isOver()) {
      MirrorPort.Answer status = status(context.limit());
      String role = status.fact("role");
      if (status.kind() == MirrorPort.Kind.ANSWERED && status.status() != 0) {
        return trouble(status, context, "activate");
      }
      if (role.equals(ACTIVE)) {
        return shown(context, asked);
      }
      if (role.equals("FAILED")) {
        return failed(ResourceNotice.MD_DISK_FAILED, settings.mirror());
      }
      if (role.equals("STANDBY")) {
        asked = true;
        MirrorPort.Answer answer =
            wait(
                agent.ask(words("mirror.activate", context.limit()), context.limit()),
                context,
                told);
        if (answer.kind() == MirrorPort.Kind.ANSWERED && !answer.ok()) {
          if (!PASSING.contains(answer.fact("code"))) {
            return trouble(answer, context, "activate");
          }
          told.say(answer.said());
        }
        last = answer;
        pace.after(answer);
      } else {
        // The agent starts, or ends something: it will say another role, or be there again.
        last = status;
        told.about(status);
      }
      boolean _ = context.limit().pause(pace.next());
    }
    return last.ok() || context.limit().isCancelled()
        ? answers.over(context, "activate: " + told.last)
        : trouble(last, context, "activate: " + told.last);
  }

  private List<String> words(String command, Limit limit) {
    // The agent counts in whole seconds; ours ends first.
    long seconds = limit.leftMillis() / 1000 + 1;
    return List.of(command, settings.mirror(), "wait=" + seconds);
  }

  /** Until its block device is there. */
  private ActionResult shown(ActionContext context, boolean asked) {
    boolean told = false;
    Pace pace = new Pace();
    pace.quick();
    while (!settings.device().isEmpty() && !hasDevice()) {
      if (!told) {
        told = true;
        context.say(
            notice(ResourceNotice.MD_WAITS, settings.mirror(), "no device " + settings.device()));
      }
      if (!context.limit().pause(pace.next())) {
        return context.limit().isCancelled()
            ? answers.over(context, "its device appears")
            : failed(ResourceNotice.MD_NO_DEVICE, settings.mirror(), settings.device());
      }
    }
    return ok(
        asked ? ResourceNotice.MD_ACTIVE : ResourceNotice.MD_ACTIVE_ALREADY,
        settings.mirror(),
        settings.device());
  }

  private boolean hasDevice() {
    try {
      return FileStat.of(Path.of(settings.device())).kind() == FileStat.Kind.BLOCK_DEVICE;
    } catch (LinuxException e) {
      return false;
    }
  }

  // ---- stop

  @Override
  public ActionResult stop(ActionContext context) {
    Telling told = new Telling(context);
    MirrorPort.Answer last = OVER;
    boolean asked = false;
    Pace pace = new Pace();
    while (!context.limit().isOver()) {
      MirrorPort.Answer status = status(context.limit());
      String role = status.fact("role");
      if (status.kind() == MirrorPort.Kind.ANSWERED && status.status() != 0) {
        return trouble(status, context, "standby");
      }
      if (isAtRest(role)) {
        return ok(
            asked ? ResourceNotice.MD_STANDBY : ResourceNotice.MD_STANDBY_ALREADY,
            settings.mirror());
      }
      if (role.equals(ACTIVE) || role.equals("PROMOTING")) {
        asked = true;
        MirrorPort.Answer answer =
            wait(
                agent.ask(words("mirror.standby", context.limit()), context.limit()),
                context,
                told);
        if (answer.kind() == MirrorPort.Kind.ANSWERED && !answer.ok() && role.equals(ACTIVE)) {
          return trouble(answer, context, "standby");
        }
        last = answer;
        pace.after(answer);
      } else {
        last = status;
        told.about(status);
      }
      boolean _ = context.limit().pause(pace.next());
    }
    return last.kind() == MirrorPort.Kind.ANSWERED || context.limit().isCancelled()
        ? answers.over(context, "standby: " + told.last)
        : trouble(last, context, "standby: " + told.last);
  }

  private static boolean isAtRest(String role) {
    return role.equals("STANDBY") || role.equals("DETACHED") || role.equals("FAILED");
  }

  // ---- hard stop

  /**
   * Has the agent take the front ends from their users, whose I/O fails from then on, and give the
   * role back. An agent that does not answer is not needed for that: the FUSE connection under the
   * device is aborted.
   */
  @Override
  public ActionResult stopHard(ActionContext context) {
    Limit limit = context.limit().within(LOOK);
    CompletableFuture<MirrorPort.Answer> dropped = agent.ask(words("mirror.drop", limit), limit);
    boolean _ = limit.await(dropped);
    MirrorPort.Answer answer = dropped.getNow(OVER);
    MirrorPort.Answer status = status(Limit.of(TELL));
    if (status.ok() && isAtRest(status.fact("role"))) {
      return ok(ResourceNotice.MD_DROPPED, settings.mirror());
    }
    if (status.ok()) {
      return failed(
          ResourceNotice.MD_REFUSED,
          settings.mirror(),
          "drop",
          answer.said() + " (" + status.fact("role") + ")");
    }
    try {
      String cut = settings.device().isEmpty() ? "" : cutOff(Path.of(settings.device()));
      if (!cut.isEmpty()) {
        return ok(ResourceNotice.MD_CUT_OFF, settings.mirror(), settings.device(), cut);
      }
    } catch (IOException e) {
      context.say(
          notice(
              ResourceNotice.MD_NOT_CUT_OFF,
              settings.mirror(),
              settings.device(),
              String.valueOf(e.getMessage())));
    }
    // Without an agent and without a device nothing of it is left here.
    return status.kind() == MirrorPort.Kind.NO_AGENT && !hasDevice()
        ? ok(ResourceNotice.MD_DROPPED, settings.mirror())
        : trouble(status, context, "drop");
  }

  /**
   * Ends all I/O of a device of the kernel's NBD client, or of a loop device whose file is on a
   * FUSE file system. None of them is asked anything: what /sys and the list of mounts say is
   * enough, and both come from the kernel's memory.
   *
   * @return what was aborted; empty if the device is none of that kind
   */
  private static String cutOff(Path device) throws IOException {
    Path real = device.toRealPath();
    Matcher nbd = NBD.matcher(real.toString());
    if (nbd.matches()) {
      NbdClient.disconnect(Integer.parseInt(nbd.group(1)));
      return real.toString();
    }
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.device().equals(real)) {
        for (Mounts.Mounted m : Mounts.all().reversed()) {
          if (m.type().startsWith("fuse")
              && Path.of(loop.backing()).startsWith(m.at())
              && Fuse.abort(m.device())) {
            return real + " on " + m.at();
          }
        }
      }
    }
    return "";
  }

  // ---- probe

  @Override
  public Status probe(ActionContext context) {
    MirrorPort.Answer status = status(context.limit());
    if (!status.ok()) {
      return new Status(Status.Found.UNKNOWN, trouble(status, context, "status").notice());
    }
    String role = status.fact("role");
    if (role.equals("FAILED")) {
      return new Status(
          Status.Found.FAILED, notice(ResourceNotice.MD_DISK_FAILED, settings.mirror()));
    }
    if (!role.equals(ACTIVE)) {
      return isAtRest(role)
          ? new Status(
              Status.Found.STOPPED, notice(ResourceNotice.MD_STANDBY_ALREADY, settings.mirror()))
          : new Status(
              Status.Found.UNKNOWN, notice(ResourceNotice.MD_WAITS, settings.mirror(), role));
    }
    return settings.device().isEmpty() || hasDevice()
        ? new Status(
            Status.Found.RUNNING,
            notice(ResourceNotice.MD_ACTIVE_ALREADY, settings.mirror(), settings.device()))
        : new Status(
            Status.Found.FAILED,
            notice(ResourceNotice.MD_NO_DEVICE, settings.mirror(), settings.device()));
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds mirror disks of this server: the operator's script, then the mirror agent; and back in the
 * other order (rule R10). That the second script is still to be run is kept in a file, so that an
 * application is woken up too if this service or the agent dies in between.
 */
public final class AgentHolds implements LocalHolds {
  /** A file system may have much to flush before it is frozen. */
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final Function<String, MirrorPort> agent;
  private final Path owed;
  private final Supplier<@Nullable Hooks> hooks;
  private final Consumer<Notice> log;

  /**
   * Of the mirror agent of this server.
   *
   * @param agent the way to it, for a language
   * @param owed the file that says that the second script is still to be run
   */
  public AgentHolds(
      Function<String, MirrorPort> agent,
      Path owed,
      Supplier<@Nullable Hooks> hooks,
      Consumer<Notice> log) {
    this.agent = agent;
    this.owed = owed;
    this.hooks = hooks;
    this.log = log;
  }

  @Override
  public synchronized Holds.Answer freeze(
      List<String> disks, long cutId, long seconds, String by, String language) {
    Holds.Answer unprepared = prepare();
    if (unprepared != null) {
      return unprepared;
    }
    Holds.Answer answer =
        ask(
            language,
            List.of(
                "backup.freeze",
                "disks=" + String.join(",", disks),
                "max=" + seconds,
                "cut=" + Long.toHexString(cutId),
                "by=" + by));
    if (!answer.done()) {
      after();
    }
    return answer;
  }

  @Override
  public synchronized Holds.Answer thaw(List<String> disks, String language) {
    Holds.Answer answer = ask(language, List.of("backup.thaw", "disks=" + String.join(",", disks)));
    after();
    return answer;
  }

  @Override
  public synchronized Holds.Answer cut(
      List<String> disks, long cutId, long millis, String by, String language) {
    Holds.Answer unprepared = prepare();
    if (unprepared != null) {
      return unprepared;
    }
    try {
      return ask(
          language,
          List.of(
              "backup.cut",
              "disks=" + String.join(",", disks),
              "max=" + millis,
              "cut=" + Long.toHexString(cutId),
              "by=" + by));
    } finally {
      after();
    }
  }

  @Override
  public Holds.Answer forget(List<String> disks, long cutId, String language) {
    return each(disks, disk -> ask(language, snapshot(disk, cutId)));
  }

  private static List<String> snapshot(String disk, long cutId) {
    return List.of("snapshot.delete", disk, "cut=" + Long.toHexString(cutId));
  }

  @Override
  public Holds.Answer verify(List<String> disks, String language) {
    return each(disks, disk -> begun(language, List.of("mirror.verify", disk)));
  }

  /** All are asked; the first that did not succeed is told. */
  private static Holds.Answer each(List<String> disks, Function<String, Holds.Answer> ask) {
    Holds.Answer all = new Holds.Answer(0, Map.of(), List.of());
    for (String disk : disks) {
      Holds.Answer one = ask.apply(disk);
      all = all.done() ? one : all;
    }
    return all;
  }

  /** A command that takes long: whether it is under way is seen after a moment. */
  private Holds.Answer begun(String language, List<String> words) {
    MirrorPort.Answer answer = agent.apply(language).ask(words, Limit.of(MOMENT)).join();
    // One of a small disk is over already, and may have found something.
    boolean began =
        answer.kind() == MirrorPort.Kind.OVER
            || !answer.facts().getOrDefault("differing", "0").equals("0");
    return began ? new Holds.Answer(0, Map.of(), List.of()) : told(answer);
  }

  /** Null if the application is prepared. */
  private Holds.@Nullable Answer prepare() {
    Hooks scripts = hooks.get();
    if (scripts == null || (scripts.beforeFreeze() == null && scripts.afterThaw() == null)) {
      return null;
    }
    String failed = before(scripts);
    if (failed == null) {
      return null;
    }
    after();
    return new Holds.Answer(1, Map.of(), List.of(failed));
  }

  /** Nothing is held here any more, whoever ended it. */
  public synchronized void settle() {
    after();
  }

  /** What went wrong; null if nothing did. */
  private @Nullable String before(Hooks scripts) {
    try {
      Files.writeString(owed, "");
    } catch (IOException e) {
      return "cannot write " + owed + ": " + e.getMessage();
    }
    String script = scripts.beforeFreeze();
    if (script == null) {
      return null;
    }
    Child.End end = run(script, scripts);
    if (end.ok()) {
      return null;
    }
    log.accept(Notice.of(BackupNotice.HOOK_FAILED, script, end.said()));
    return script + ": " + end.said();
  }

  private void after() {
    try {
      if (!Files.deleteIfExists(owed)) {
        return;
      }
    } catch (IOException e) {
      log.accept(
          Notice.of(
              BackupNotice.HOOK_AFTER_FAILED, owed.toString(), String.valueOf(e.getMessage())));
    }
    Hooks scripts = hooks.get();
    String script = scripts == null ? null : scripts.afterThaw();
    if (scripts != null && script != null) {
      Child.End end = run(script, scripts);
      if (!end.ok()) {
        log.accept(Notice.of(BackupNotice.HOOK_AFTER_FAILED, script, end.said()));
      }
    }
  }

  private static Child.End run(String script, Hooks scripts) {
    return Child.run(Child.Program.of(script), Limit.of(Duration.ofNanos(scripts.timeout())));
  }

  private Holds.Answer ask(String language, List<String> words) {
    return told(agent.apply(language).ask(words, Limit.of(PATIENCE)).join());
  }

  private static Holds.Answer told(MirrorPort.Answer answer) {
    List<String> said = answer.said().isEmpty() ? List.of() : List.of(answer.said());
    return answer.kind() == MirrorPort.Kind.ANSWERED
        ? new Holds.Answer(answer.status(), answer.facts(), answer.status() == 0 ? List.of() : said)
        : new Holds.Answer(Holds.UNREACHED, Map.of(), said);
  }
}

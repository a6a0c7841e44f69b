// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.snapshot.SnapshotNotice;
import io.meikyo.agent.snapshot.SnapshotView;
import io.meikyo.agent.snapshot.Snapshots;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The commands about snapshots. Any thread; each call on one of its own.
 *
 * <pre>
 *   snapshot.list [MIRROR]                              0
 *   snapshot.keep MIRROR cut=HEX by=WHO                 0, 2, 4
 *   snapshot.delete MIRROR cut=HEX                      0, 2
 *   snapshot.cluster-image MIRROR cut=HEX to=FILE       0, 1, 2, 4
 * </pre>
 */
final class SnapshotCommands {
  /** Names of the commands. */
  static final Set<String> ALL =
      Set.of("snapshot.list", "snapshot.keep", "snapshot.delete", "snapshot.cluster-image");

  /** What the id of a cut looks like, for people. */
  static final String CUT_IDS = "1 … ffffffffffffffff";

  private static final int FAILED = 1;
  private static final int MISUSED = 2;
  private static final int REFUSED = 4;
  private static final long LOOP_SECONDS = 10;

  private final Map<String, MirrorHandle> mirrors;
  private final SecureRandom random = new SecureRandom();

  /** Commands for mirror disks, which may grow in number until the first command. */
  SnapshotCommands(Map<String, MirrorHandle> mirrors) {
    this.mirrors = mirrors;
  }

  /** A loop that does not answer. */
  private static final class Silent extends Exception {
    private static final long serialVersionUID = 1;
    final transient Notice notice;

    Silent(Notice notice) {
      super(notice.toString());
      this.notice = notice;
    }
  }

  /** The id of a cut; 0 if the text is none. */
  static long cutId(String text) {
    return text.matches("[0-9a-f]{1,16}") ? Long.parseUnsignedLong(text, 16) : 0;
  }

  /** Carries one out; the exit status. */
  int run(List<String> words, ControlOutput out) throws IOException, InterruptedException {
    try {
      String command = words.getFirst();
      if (command.equals("snapshot.list") && words.size() == 1) {
        return list(mirrors.values(), out);
      }
      String name = words.size() > 1 ? words.get(1) : "";
      MirrorHandle mirror = mirrors.get(name);
      if (mirror == null) {
        String known = String.join(", ", mirrors.keySet());
        return answer(MISUSED, Notice.of(ControlNotice.UNKNOWN_MIRROR, name, known), out);
      }
      if (command.equals("snapshot.list")) {
        return list(List.of(mirror), out);
      }
      Map<String, String> options = new HashMap<>();
      for (String word : words.subList(2, words.size())) {
        int equals = word.indexOf('=');
        options.put(
            equals < 0 ? word : word.substring(0, equals),
            equals < 0 ? "" : word.substring(equals + 1));
      }
      String text = options.getOrDefault("cut", "");
      long cutId = cutId(text);
      if (cutId == 0) {
        return answer(MISUSED, Notice.of(ControlNotice.BAD_OPTION, "cut", text, CUT_IDS), out);
      }
      String snapshot = name + "@" + Long.toHexString(cutId);
      return switch (command) {
        case "snapshot.keep" -> keep(mirror, snapshot, cutId, options.getOrDefault("by", ""), out);
        case "snapshot.delete" -> {
          on(
              mirror,
              all -> {
                all.delete(cutId);
                return true;
              });
          yield 0;
        }
        default -> image(mirror, snapshot, cutId, options.getOrDefault("to", ""), out);
      };
    } catch (Silent e) {
      return answer(FAILED, e.notice, out);
    }
  }

  private static <T> T on(MirrorHandle mirror, Function<Snapshots, T> task)
      throws InterruptedException, Silent {
    CompletableFuture<T> future = new CompletableFuture<>();
    mirror.loop().post(() -> future.complete(task.apply(mirror.disk().snapshots())));
    return await(mirror, future);
  }

  private static <T> T await(MirrorHandle mirror, CompletableFuture<T> future)
      throws InterruptedException, Silent {
    try {
      return future.get(LOOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new Silent(
          Notice.of(ControlNotice.LOOP_SILENT, mirror.disk().spec().name(), LOOP_SECONDS));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** What was adopted stays so, from here on. */
  private static void settled(MirrorHandle mirror) throws InterruptedException, Silent {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    on(
        mirror,
        all -> {
          all.settled(() -> done.complete(true));
          return true;
        });
    await(mirror, done);
  }

  private static int answer(int status, Notice notice, ControlOutput out) throws IOException {
    out.notice(notice.severity() == Severity.INFO, notice);
    out.code(notice);
    return status;
  }

  // ---- the commands

  private int list(Collection<MirrorHandle> of, ControlOutput out)
      throws IOException, InterruptedException, Silent {
    Map<String, Map<String, Object>> facts = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (MirrorHandle mirror : of) {
      String socket = on(mirror, Snapshots::socket);
      for (SnapshotView view : on(mirror, Snapshots::views)) {
        names.add(view.name());
        facts(mirror, view, socket)
            .forEach((fact, value) ->
                facts.computeIfAbsent(fact, _ -> new LinkedHashMap<>()).put(view.name(), value));
        out.view(
            "",
            Notice.of(
                SnapshotNotice.LISTED,
                view.name(),
                view.stands() ? "STANDS" : "LOST: " + view.why(),
                view.usedBytes(),
                view.capBytes(),
                view.proof(),
                view.by().isEmpty() ? "-" : view.by(),
                view.provider()));
        if (!view.elsewhere().isEmpty()) {
          out.view("  ", Notice.of(SnapshotNotice.ELSEWHERE, view.name(), view.elsewhere()));
        }
      }
    }
    if (names.isEmpty()) {
      String all = String.join(", ", of.stream().map(m -> m.disk().spec().name()).toList());
      out.view("", Notice.of(SnapshotNotice.NONE, all));
    }
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("snapshots", String.join(",", names));
    whole.putAll(facts);
    out.facts(whole);
    return 0;
  }

  private static Map<String, Object> facts(MirrorHandle mirror, SnapshotView view, String socket) {
    Map<String, Object> f = new LinkedHashMap<>();
    f.put("state", view.stands() ? "STANDS" : "LOST");
    f.put("why", view.why());
    f.put("reason", view.reason());
    f.put("used", view.usedBytes());
    f.put("cap", view.capBytes());
    f.put("at", view.takenMillis());
    f.put("adopted", view.by().isEmpty() ? "-" : view.by());
    f.put("cutStatus", view.proof());
    f.put("digest", hex(view.cut().digestHigh()) + hex(view.cut().digestLow()));
    f.put("generation", Long.toHexString(view.cut().generation()));
    f.put("epoch", view.cut().epoch());
    f.put("bytes", mirror.disk().geometry().blocks() * mirror.disk().geometry().blockSize());
    f.put("proofAt", view.proofMillis());
    f.put("provider", view.provider());
    f.put("where", view.elsewhere().isEmpty() ? "-" : view.elsewhere());
    f.put("socket", socket);
    return f;
  }

  private static String hex(long half) {
    return HexFormat.of().toHexDigits(half);
  }

  private static int keep(
      MirrorHandle mirror, String snapshot, long cutId, String by, ControlOutput out)
      throws IOException, InterruptedException, Silent {
    if (by.isBlank() || by.equals("-")) {
      return answer(MISUSED, Notice.of(ControlNotice.BAD_OPTION, "by", by, "a name"), out);
    }
    Snapshots.Adoption end = on(mirror, all -> all.adopt(cutId, by));
    Optional<SnapshotView> view = on(mirror, all -> Optional.ofNullable(all.view(cutId)));
    if (end == Snapshots.Adoption.DONE) {
      settled(mirror);
    }
    return switch (end) {
      case DONE -> answer(0, Notice.of(SnapshotNotice.ADOPTED, snapshot, by), out);
      case UNKNOWN -> answer(REFUSED, Notice.of(SnapshotNotice.UNKNOWN, snapshot), out);
      case LOST ->
          answer(
              REFUSED,
              Notice.of(SnapshotNotice.LOST, snapshot, view.map(SnapshotView::why).orElse("-")),
              out);
      case OF_OTHERS ->
          answer(
              REFUSED,
              Notice.of(SnapshotNotice.OF_OTHERS, snapshot, view.map(SnapshotView::by).orElse("-")),
              out);
    };
  }

  private int image(MirrorHandle mirror, String snapshot, long cutId, String to, ControlOutput out)
      throws IOException, InterruptedException, Silent {
    if (!to.startsWith("/")) {
      return answer(
          MISUSED, Notice.of(ControlNotice.BAD_OPTION, "to", to, "a path from the root"), out);
    }
    Optional<SnapshotView> found = on(mirror, all -> Optional.ofNullable(all.view(cutId)));
    if (found.isEmpty()) {
      return answer(REFUSED, Notice.of(SnapshotNotice.UNKNOWN, snapshot), out);
    }
    SnapshotView view = found.get();
    if (!view.stands()) {
      return answer(REFUSED, Notice.of(SnapshotNotice.LOST, snapshot, view.why()), out);
    }
    if (view.open()) {
      return answer(REFUSED, Notice.of(SnapshotNotice.OPEN, snapshot), out);
    }
    Path file = Path.of(to);
    try {
      mirror.disk().writeClusterImage(view, file, random.nextLong());
    } catch (FileAlreadyExistsException e) {
      return answer(FAILED, Notice.of(SnapshotNotice.IMAGE_FAILED, file, "it exists already"), out);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      return answer(FAILED, Notice.of(SnapshotNotice.IMAGE_FAILED, file, reason), out);
    } catch (IOException e) {
      return answer(
          FAILED,
          Notice.of(SnapshotNotice.IMAGE_FAILED, file, String.valueOf(e.getMessage())),
          out);
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("file", to);
    facts.put("bytes", Files.size(file));
    facts.put("cutStatus", view.proof());
    out.facts(facts);
    return answer(0, Notice.of(SnapshotNotice.IMAGE_WRITTEN, snapshot, file, view.proof()), out);
  }
}

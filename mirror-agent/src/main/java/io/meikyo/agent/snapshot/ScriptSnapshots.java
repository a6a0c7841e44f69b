// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots that a program of the administrator takes: of a cloud, of a disk array, of whatever
 * else lies below the data partition.
 *
 * <pre>
 *   SCRIPT take   md1 5aa9     takes one; prints its answer, one line
 *   SCRIPT open   md1 5aa9     the same answer again, or an exit status: it is gone
 *   SCRIPT delete md1 5aa9     removes it; no error if it is gone
 *   SCRIPT list   md1          prints the id of each cut that there is one of, one a line
 *
 *   answer: /a/path                 a file or block device with all bytes of the mirror disk
 *           image elsewhere NAME    nobody here can read it
 *
 *   MEIKYO_DATA, MEIKYO_CLUSTER     the partitions
 *   MEIKYO_REPLICA                  number of this server's replica
 *   MEIKYO_BYTES                    size of the mirror disk
 *   MEIKYO_TIMEOUT_MILLIS           it is killed after so long
 * </pre>
 *
 * Exit status 0: it is done. Else the last line on standard error is the reason.
 */
final class ScriptSnapshots implements Provider {
  /** How long opening, removing and listing may take, ns. Nothing waits for them. */
  static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private static final String ELSEWHERE = "image elsewhere ";

  private final String mirror;
  private final int replica;
  private final Origin origin;
  private final Path script;
  private final Path data;
  private final Path cluster;

  /** Does nothing yet. */
  ScriptSnapshots(String mirror, int replica, Origin origin, Path script, Path data, Path cluster) {
    this.mirror = mirror;
    this.replica = replica;
    this.origin = origin;
    this.script = script;
    this.data = data;
    this.cluster = cluster;
  }

  @Override
  public String word() {
    return ProviderSpec.Kind.SCRIPT.word();
  }

  @Override
  public String place() {
    return script.toString();
  }

  @Override
  public boolean outlives() {
    return true;
  }

  @Override
  public List<Notice> begin() {
    return List.of();
  }

  private Program.End run(String what, @Nullable String cut, long nanos) {
    List<String> words = new ArrayList<>(List.of(script.toString(), what, mirror));
    if (cut != null) {
      words.add(cut);
    }
    Map<String, String> environment = new HashMap<>();
    environment.put("MEIKYO_DATA", data.toString());
    environment.put("MEIKYO_CLUSTER", cluster.toString());
    environment.put("MEIKYO_REPLICA", Integer.toString(replica));
    environment.put("MEIKYO_BYTES", Long.toString(origin.bytes()));
    environment.put("MEIKYO_TIMEOUT_MILLIS", Long.toString(TimeUnit.NANOSECONDS.toMillis(nanos)));
    return Program.run(words, environment, nanos);
  }

  @Override
  public Set<Long> list() throws NotTaken {
    Program.End end = run("list", null, PATIENCE);
    Set<Long> all = new TreeSet<>();
    for (String line : end.out().lines().map(String::strip).toList()) {
      long cutId = CutNames.cutId(line);
      if (cutId != 0) {
        all.add(cutId);
      } else if (!line.isEmpty() && end.ok()) {
        throw new NotTaken(
            Notice.of(
                SnapshotNotice.NOT_LISTED, mirror, word(), script + ": no id of a cut: " + line));
      }
    }
    if (!end.ok()) {
      throw new NotTaken(Notice.of(SnapshotNotice.NOT_LISTED, mirror, word(), end.why()));
    }
    return all;
  }

  @Override
  public Taken take(long cutId, long nanos) throws NotTaken {
    return answer(cutId, run("take", Long.toHexString(cutId), nanos));
  }

  @Override
  public Taken find(long cutId, String where) throws NotTaken {
    return answer(cutId, run("open", Long.toHexString(cutId), PATIENCE));
  }

  private Taken answer(long cutId, Program.End end) throws NotTaken {
    if (!end.gone().isDone()) {
      // It was killed and hangs in the kernel: what it may go on with there must not stay.
      var _ = end.gone().thenRunAsync(() -> remove(cutId, null), Program::beside);
    }
    if (!end.ok()) {
      throw notTaken(end.why());
    }
    String answer = end.out().strip();
    if (answer.startsWith(ELSEWHERE) && answer.lines().count() == 1) {
      return new Taken.Elsewhere(answer.substring(ELSEWHERE.length()).strip());
    }
    if (answer.startsWith("/") && answer.lines().count() == 1) {
      return WholeImage.open(mirror, word(), Path.of(answer), origin.bytes());
    }
    throw notTaken(script + ": no answer is \"" + answer.lines().findFirst().orElse("") + "\"");
  }

  private NotTaken notTaken(String reason) {
    return new NotTaken(mirror, word(), reason);
  }

  @Override
  public @Nullable Notice remove(long cutId, @Nullable Taken taken) {
    Program.End end = run("delete", Long.toHexString(cutId), PATIENCE);
    return end.ok() ? null : Notice.of(SnapshotNotice.NOT_REMOVED, mirror, word(), end.why());
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static io.meikyo.agent.still.Waiting.within;

import io.meikyo.agent.still.Backup.Frozen;
import io.meikyo.agent.still.Backup.Held;
import io.meikyo.agent.still.StillDisk.Answer;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Gives mirror disks back at the cut that stands, with flag and cut left on every replica: for the
 * backup for which servers are shut down. Nothing may be mounted, since a file system that is
 * frozen under a disk that goes would be left frozen.
 */
final class Sealing {
  private Sealing() {}

  /** Of all disks of a backup that stands; none of them holds any more if this fails in part. */
  static StillPoint.Result of(Backup b, long nanos) {
    List<Notice> said = new ArrayList<>();
    for (Frozen f : b.frozen) {
      said.add(Notice.of(StillNotice.MOUNTED, f.mount().mirror(), f.mount().at()));
    }
    if (!said.isEmpty()) {
      return new StillPoint.Result(StillPoint.REFUSED, said, Map.of());
    }
    b.ending = true;
    Map<Held, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
    b.held.forEach(h -> answers.put(h, h.disk.seal()));
    long until = System.nanoTime() + nanos;
    answers.forEach((h, answer) -> {
      if (!within(answer, Math.max(0, until - System.nanoTime()))) {
        said.add(Notice.of(StillNotice.LOOP_SILENT, h.disk.name()));
      } else if (!answer.join().ok()) {
        said.add(answer.join().notice().about("mirror", h.disk.name()));
      }
    });
    if (!said.isEmpty()) {
      return new StillPoint.Result(StillPoint.FAILED, said, Map.of());
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("cut", Long.toHexString(b.cutId));
    b.held.forEach(h -> said.add(Notice.of(StillNotice.SEALED, h.disk.name())));
    return new StillPoint.Result(StillPoint.OK, said, facts);
  }
}

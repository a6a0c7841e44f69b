// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.MirrorNotices;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Collects what a running verify finds, and how far it is. */
final class VerifyWatch {
  private final MirrorHandle mirror;
  private final int peer;
  private final ConcurrentLinkedQueue<Notice> found = new ConcurrentLinkedQueue<>();
  private final List<Map<String, Object>> ranges = new ArrayList<>();
  private final ConcurrentLinkedQueue<long[]> newRanges = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private final Consumer<Effect.Tell> listener = this::heard;
  private final long chunks;
  private final int blockBytes;

  VerifyWatch(MirrorHandle mirror, int peer) {
    this.mirror = mirror;
    this.peer = peer;
    this.chunks = mirror.disk().geometry().chunks();
    this.blockBytes = mirror.disk().geometry().blockSize();
  }

  /** On the loop's thread. */
  boolean begin() {
    mirror.disk().tells().add(listener);
    return true;
  }

  /** On the loop's thread. */
  boolean end() {
    mirror.disk().tells().remove(listener);
    return true;
  }

  private void heard(Effect.Tell tell) {
    if (tell.say() == Say.VERIFY_DIFFERS && tell.args().size() >= 3) {
      found.add(MirrorNotices.of(tell, mirror.disk().spec()::serverName));
      long start = ((Number) tell.args().get(1)).longValue();
      long count = ((Number) tell.args().get(2)).longValue();
      newRanges.add(new long[] {start * blockBytes, count * blockBytes});
    }
  }

  /** On the command's thread. */
  void report(ControlOutput out, boolean last) throws IOException, InterruptedException {
    mirror.loop().post(() -> done.set(mirror.disk().status().verified()));
    Notice notice = found.poll();
    while (notice != null) {
      out.notice(false, notice);
      notice = found.poll();
    }
    long[] range = newRanges.poll();
    while (range != null) {
      ranges.add(Map.of("offset", range[0], "bytes", range[1]));
      range = newRanges.poll();
    }
    out.progress("verify", last ? chunks : Math.max(0, done.get()), chunks);
  }

  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("peer", mirror.disk().spec().serverName(peer));
    facts.put("differing", ranges.size());
    facts.put("ranges", ranges);
    return facts;
  }
}

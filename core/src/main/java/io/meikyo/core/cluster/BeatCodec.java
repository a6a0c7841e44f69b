// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.HashSet;

/**
 * Heartbeats and their answers in bytes, as {@link Out} writes values, after one byte with the
 * version of the format (1). Stateless; any thread may call. Unreadable bytes: {@link
 * IllegalArgumentException}.
 */
public final class BeatCodec {
  private static final int VERSION = 1;

  private BeatCodec() {}

  /** A heartbeat as bytes. */
  public static byte[] encode(Heartbeat h) {
    Out o = new Out();
    o.u8(VERSION).text(h.from()).uuid(h.group()).i64(h.number()).i64(h.leaseEpoch());
    o.list(h.hears(), o::text).list(h.hearsAgent(), o::text);
    o.map(h.over(), (server, epoch) -> o.text(server).i64(epoch));
    o.i64(h.applied()).bool(h.agentRuns());
    return o.done();
  }

  /** Reads a heartbeat. */
  public static Heartbeat beat(byte[] bytes) {
    In in = open(bytes);
    Heartbeat h =
        new Heartbeat(
            in.text(),
            in.uuid(),
            in.i64(),
            in.i64(),
            new HashSet<>(in.list(in::text)),
            new HashSet<>(in.list(in::text)),
            in.map(in::text, in::i64),
            in.i64(),
            in.bool());
    in.end();
    return h;
  }

  /** An answer as bytes. */
  public static byte[] encode(Heartbeat.Answer a) {
    Out o = new Out();
    o.u8(VERSION).text(a.from()).uuid(a.group()).i64(a.number()).bool(a.granted());
    return o.done();
  }

  /** Reads an answer. */
  public static Heartbeat.Answer answer(byte[] bytes) {
    In in = open(bytes);
    Heartbeat.Answer a = new Heartbeat.Answer(in.text(), in.uuid(), in.i64(), in.bool());
    in.end();
    return a;
  }

  private static In open(byte[] bytes) {
    In in = new In(bytes);
    int version = in.u8();
    if (version != VERSION) {
      throw new IllegalArgumentException("a heartbeat of format " + version);
    }
    return in;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.link.Message;
import org.jspecify.annotations.Nullable;

/** Kinds of frames and their numbers on the wire, which are never given to another kind. */
public enum FrameType {
  /** {@link Message.Hello}. */
  HELLO(1),
  /** {@link Message.Greet}. */
  GREET(2),
  /** {@link Message.Suspects}. */
  SUSPECTS(3),
  /** {@link Message.Follow}. */
  FOLLOW(4),
  /** {@link Message.Following}. */
  FOLLOWING(5),
  /** {@link Message.StampDone}. */
  STAMP_DONE(6),
  /** {@link Message.Restamp}. */
  RESTAMP(7),
  /** {@link Message.Write}; carries a payload. */
  WRITE(8),
  /** {@link Message.Zero}. */
  ZERO(9),
  /** {@link Message.Written}. */
  WRITTEN(10),
  /** {@link Message.Flush}. */
  FLUSH(11),
  /** {@link Message.Flushed}. */
  FLUSHED(12),
  /** {@link Message.Ping}. */
  PING(13),
  /** {@link Message.Pong}. */
  PONG(14),
  /** {@link Message.Compare}. */
  COMPARE(15),
  /** {@link Message.Compared}. */
  COMPARED(16),
  /** {@link Message.Repair}; carries a payload. */
  REPAIR(17),
  /** {@link Message.Repaired}. */
  REPAIRED(18),
  /** {@link Message.Recovered}. */
  RECOVERED(19),
  /** {@link Message.RecoveredAck}. */
  RECOVERED_ACK(20),
  /** {@link Message.Cut}. */
  CUT(21),
  /** {@link Message.ChangePage}. */
  CHANGE_PAGE(22),
  /** {@link Message.CutDone}. */
  CUT_DONE(23),
  /** {@link Message.DigestPage}. */
  DIGEST_PAGE(24),
  /** {@link Message.Digest}. */
  DIGEST(25),
  /** {@link Message.CutVerdict}. */
  CUT_VERDICT(26),
  /** {@link Message.CutVerdictAck}. */
  CUT_VERDICT_ACK(27),
  /** {@link Message.Rest}. */
  REST(28),
  /** {@link Message.Goodbye}. */
  GOODBYE(29);

  private static final @Nullable FrameType[] BY_CODE = byCode();

  private final int code;

  FrameType(int code) {
    this.code = code;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** True if a payload follows the body. */
  public boolean hasPayload() {
    return this == WRITE || this == REPAIR;
  }

  static @Nullable FrameType ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  static FrameType of(Message message) {
    return switch (message) {
      case Message.Hello m -> HELLO;
      case Message.Greet m -> GREET;
      case Message.Suspects m -> SUSPECTS;
      case Message.Follow m -> FOLLOW;
      case Message.Following m -> FOLLOWING;
      case Message.StampDone m -> STAMP_DONE;
      case Message.Restamp m -> RESTAMP;
      case Message.Write m -> WRITE;
      case Message.Zero m -> ZERO;
      case Message.Written m -> WRITTEN;
      case Message.Flush m -> FLUSH;
      case Message.Flushed m -> FLUSHED;
      case Message.Ping m -> PING;
      case Message.Pong m -> PONG;
      case Message.Compare m -> COMPARE;
      case Message.Compared m -> COMPARED;
      case Message.Repair m -> REPAIR;
      case Message.Repaired m -> REPAIRED;
      case Message.Recovered m -> RECOVERED;
      case Message.RecoveredAck m -> RECOVERED_ACK;
      case Message.Cut m -> CUT;
      case Message.ChangePage m -> CHANGE_PAGE;
      case Message.CutDone m -> CUT_DONE;
      case Message.DigestPage m -> DIGEST_PAGE;
      case Message.Digest m -> DIGEST;
      case Message.CutVerdict m -> CUT_VERDICT;
      case Message.CutVerdictAck m -> CUT_VERDICT_ACK;
      case Message.Rest m -> REST;
      case Message.Goodbye m -> GOODBYE;
    };
  }

  private static @Nullable FrameType[] byCode() {
    @Nullable FrameType[] table = new @Nullable FrameType[values().length + 1];
    for (FrameType type : values()) {
      table[type.code] = type;
    }
    return table;
  }
}

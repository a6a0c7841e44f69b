// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.notice.Notice;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One connection as a state machine without I/O: what the client's bytes mean.
 *
 * <pre>
 *  handshake ──AGREED──▶ requests ──▶ payload of a write ──▶ requests ──▶ ...
 *      └──────CLOSE──────────┴──────────▶ ended
 * </pre>
 *
 * <p>{@link #step} takes one thing at a time from what has come in; what is not whole yet stays.
 * How the bytes were cut into pieces on their way makes no difference. The payload of a write is
 * not looked at: whoever drives the session takes {@link #payloadLeft} bytes, also if the write is
 * refused.
 */
final class Session {
  /** How one step ended. */
  enum Step {
    /** More bytes are needed. */
    MORE,
    /** An option was answered; send that first, then go on. */
    ANSWERED,
    /** The handshake is over: send the answer; requests follow. */
    AGREED,
    /** {@link #request} and {@link #errno} tell of a request. */
    REQUEST,
    /** Nothing more is taken: answer what is under way, then close. */
    CLOSE
  }

  private final Handshake handshake;
  private boolean agreed;
  private boolean ended;
  private boolean bye;
  private long payloadLeft;
  private int errno;
  private @Nullable Request request;
  private @Nullable Notice complaint;

  Session(Exports exports) {
    handshake = new Handshake(exports);
  }

  /** One without a handshake: requests come at once, and replies are simple. */
  Session(ExportInfo export) {
    handshake = Handshake.agreed(export);
    agreed = true;
  }

  /** What is said first. */
  void greet(ByteBuffer out) {
    handshake.greet(out);
  }

  /**
   * Takes the next thing.
   *
   * @param in what has come in and was not taken; {@link Handshake#OPTION_BYTES_MAX} and a header
   *     must fit
   * @param out for answers to options; {@link Handshake#ANSWER_BYTES_MAX} are free
   */
  Step step(ByteBuffer in, ByteBuffer out) {
    Invariant.check(payloadLeft == 0, "a payload is taken before the next request", payloadLeft);
    if (ended) {
      return Step.CLOSE;
    }
    return agreed ? nextRequest(in) : nextOption(in, out);
  }

  private Step nextOption(ByteBuffer in, ByteBuffer out) {
    return switch (handshake.step(in, out)) {
      case MORE -> Step.MORE;
      case ANSWERED -> Step.ANSWERED;
      case AGREED -> {
        agreed = true;
        yield Step.AGREED;
      }
      case CLOSE -> end(handshake.complaint());
    };
  }

  private Step nextRequest(ByteBuffer in) {
    if (in.remaining() < Wire.REQUEST_BYTES) {
      return Step.MORE;
    }
    if (in.getInt() != Wire.REQUEST_MAGIC) {
      return end(Notice.of(NbdNotice.NOT_NBD));
    }
    Request taken = Request.read(in);
    request = taken;
    errno = RequestRules.errno(taken, export(), structured(), handshake.allocation());
    if (taken.command() == Wire.CMD_DISC) {
      bye = true;
      return end(null);
    }
    payloadLeft = taken.payloadBytes();
    return Step.REQUEST;
  }

  private Step end(@Nullable Notice why) {
    complaint = why;
    ended = true;
    return Step.CLOSE;
  }

  /** True if requests are taken, or were until it ended. */
  boolean agreed() {
    return agreed;
  }

  /** The export, after the handshake. */
  ExportInfo export() {
    return handshake.export();
  }

  /** True if replies that carry data are structured. */
  boolean structured() {
    return handshake.structured();
  }

  /** The request that was taken last. */
  Request request() {
    if (request == null) {
      throw new Invariant.Broken("a request is asked for after one was taken");
    }
    return request;
  }

  /** The error of that request, or 0. */
  int errno() {
    return errno;
  }

  /** Bytes that must be taken before the next step. */
  long payloadLeft() {
    return payloadLeft;
  }

  /** So many bytes of the payload were taken. */
  void payloadTaken(long bytes) {
    Invariant.check(bytes >= 0 && bytes <= payloadLeft, "no more than the payload", bytes);
    payloadLeft -= bytes;
  }

  /** True if the client said that it ends. */
  boolean bye() {
    return bye;
  }

  /** What the client did wrong, if it ended because of that; else null. */
  @Nullable Notice complaint() {
    return complaint;
  }
}

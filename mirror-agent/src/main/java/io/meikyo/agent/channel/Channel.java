// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import io.meikyo.agent.loop.Completion;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Refusal;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connected socket. For the loop's thread; what is said of {@code receive} and
 * {@code send} of {@link io.meikyo.agent.loop.IoLoop} holds here too: one of each at a time,
 * exactly one end, never from inside the call, and memory is the channel's until then.
 */
public interface Channel {
  /** How the opening went. */
  interface Opening {
    /**
     * Bytes can go.
     *
     * @param peer who is at the other end; null: nobody has said
     */
    void opened(@Nullable PeerIdentity peer);

    /** The other side left without a word: somebody looked whether a path can be used, perhaps. */
    void left();

    /** It came to nothing: the other side is not believed, does not believe us, or is gone. */
    void refused(String reason);
  }

  /**
   * Makes it ready: shakes hands, if it is of that kind. Told once, perhaps inside this call; not
   * if the channel is closed before.
   */
  void open(Opening opening);

  /**
   * What has arrived and needs no waiting for.
   *
   * @return bytes, or 0: {@link #receive} them
   */
  int take(MemorySegment to);

  /** Receives what is there, at least one byte; 0: the other side has closed. */
  void receive(MemorySegment to, Completion end);

  /** Sends the parts one behind the other; ends when all are in the kernel's hands. */
  void send(MemorySegment[] parts, int count, Completion end);

  /** True if nobody between the two can read or change what goes over it. */
  boolean isEncrypted();

  /** What went wrong, if more is known than an errno tells. */
  @Nullable String trouble();

  /**
   * Judges the other side by what is believed now; nothing happens if it never said who it is.
   *
   * @throws Refusal why the connection should end
   */
  void judgeAgain() throws Refusal;

  /** Closes it and its socket; what is under way ends. Again does nothing. */
  void close();
}

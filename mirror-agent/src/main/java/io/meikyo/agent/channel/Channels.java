// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.tls.Tls;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the channels of one loop, all of one kind. Those with TLS share a thread beside the loop
 * ({@code NAME-tls}) for handshakes, and buffers that are kept for the next connection. For the
 * loop's thread, except what makes it.
 */
public final class Channels implements AutoCloseable {
  private static final int KEPT_MAX = 4;

  private final IoLoop loop;
  private final @Nullable Tls tls;
  private final @Nullable Executor aside;
  private final Runnable end;
  private final ArrayDeque<TlsBuffers> kept = new ArrayDeque<>();

  private Channels(IoLoop loop, @Nullable Tls tls, @Nullable Executor aside, Runnable end) {
    this.loop = loop;
    this.tls = tls;
    this.aside = aside;
    this.end = end;
  }

  /**
   * Channels with TLS.
   *
   * @param aside does the work of handshakes
   */
  public static Channels of(IoLoop loop, Tls tls, Executor aside) {
    return new Channels(loop, tls, aside, () -> {});
  }

  /**
   * Channels with TLS, or without if there is none.
   *
   * @param tls who we are and whom we believe; null: the link is trusted
   * @param name of the thread, with an ending
   */
  public static Channels of(IoLoop loop, @Nullable Tls tls, String name) {
    if (tls == null) {
      return new Channels(loop, null, null, () -> {});
    }
    ThreadPoolExecutor aside =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Thread.ofPlatform().name(name + "-tls").daemon().unstarted(task));
    aside.allowCoreThreadTimeOut(true);
    return new Channels(loop, tls, aside, aside::shutdown);
  }

  /** True if they have TLS. */
  public boolean areEncrypted() {
    return tls != null;
  }

  /**
   * The channel of a connected socket, which is the channel's from now on.
   *
   * @param called true: somebody connected to us
   */
  public Channel of(int socket, boolean called) {
    Tls t = tls;
    Executor beside = aside;
    return t == null || beside == null
        ? new PlainChannel(loop, socket)
        : new TlsChannel(this, loop, beside, t, socket, called);
  }

  TlsBuffers borrow() {
    TlsBuffers free = kept.poll();
    return free == null ? new TlsBuffers() : free;
  }

  void giveBack(TlsBuffers buffers) {
    if (kept.size() < KEPT_MAX) {
      buffers.clear();
      kept.push(buffers);
    }
  }

  /** Ends the thread; channels that are still open should be closed before. */
  @Override
  public void close() {
    end.run();
  }
}

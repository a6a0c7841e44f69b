// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.control.ControlClient.Listener;
import io.meikyo.agent.control.ControlClient.Lost;
import io.meikyo.agent.control.ControlClient.Result;
import io.meikyo.agent.control.ControlClient.Silent;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a running agent, for whoever asks again and again: one request after the other.
 * Blocks; one caller at a time. After an {@link IOException} it is of no more use.
 */
public final class ControlTalk implements AutoCloseable {
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(ControlClient.SILENCE_SECONDS);

  private final SocketChannel channel;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile boolean asking;
  private volatile long heard = System.nanoTime();
  private volatile boolean silent;

  /**
   * Connects.
   *
   * @param socket the agent's control socket
   * @throws IOException if no agent is there
   */
  public ControlTalk(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)));
    in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
    Thread.ofVirtual().name("control-watch").start(this::watch);
  }

  /** Closes the connection when nothing has come for too long to whoever waits for an answer. */
  private void watch() {
    try {
      while (true) {
        long left = asking ? heard + SILENCE_NANOS - System.nanoTime() : SILENCE_NANOS;
        if (left <= 0) {
          silent = true;
          channel.close();
          return;
        }
        if (end.await(left, TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException | IOException e) {
      // Closed, and so whoever waits hears that it has ended.
    }
  }

  /**
   * Asks, and waits for the end.
   *
   * @param language tag of the language for people, {@code en} or {@code ja}
   * @param words command and its words
   * @throws Lost if the agent ended in the middle: nobody knows whether the command was carried out
   * @throws Silent if it hangs
   */
  public Result ask(String language, List<String> words, Listener listener) throws IOException {
    heard = System.nanoTime();
    asking = true;
    try {
      return answer(language, words, listener);
    } catch (IOException e) {
      throw silent ? new Silent() : new Lost(e);
    } finally {
      asking = false;
    }
  }

  private Result answer(String language, List<String> words, Listener listener) throws IOException {
    List<String> texts = new ArrayList<>();
    texts.add(language);
    texts.addAll(words);
    ControlWire.request(out, texts);
    Map<String, String> facts = new LinkedHashMap<>();
    while (true) {
      byte kind = in.readByte();
      heard = System.nanoTime();
      switch (kind) {
        case ControlWire.OUT -> listener.line(ControlWire.text(in));
        case ControlWire.ERROR -> listener.error(ControlWire.text(in));
        case ControlWire.JSON -> listener.json(ControlWire.text(in));
        case ControlWire.PROGRESS ->
            listener.progress(ControlWire.text(in), in.readLong(), in.readLong());
        case ControlWire.FACT -> facts.put(ControlWire.text(in), ControlWire.text(in));
        case ControlWire.SIGN -> {
          // That it lives is all that it says.
        }
        case ControlWire.EXIT -> {
          return new Result(in.readInt(), facts);
        }
        default -> throw new IOException("an answer of kind " + kind);
      }
    }
  }

  @Override
  public void close() throws IOException {
    end.countDown();
    channel.close();
  }
}

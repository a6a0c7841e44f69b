// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

/** A loop whose one socket is the test: it says what is received, and takes what is sent. */
final class FakeLoop implements IoLoop {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private MemorySegment room;
  private Completion received;
  private MemorySegment[] parts;
  private int count;
  private Completion sent;

  /** Sends that were begun. */
  int sends;

  /** Gives bytes to a waiting receive, at most so many as it has room for; returns how many. */
  int give(byte[] bytes, int from, int most) {
    run();
    Completion end = received;
    if (end == null) {
      return 0;
    }
    int part = (int) Math.min(Math.min(most, bytes.length - from), room.byteSize());
    MemorySegment.copy(bytes, from, room, ValueLayout.JAVA_BYTE, 0, part);
    received = null;
    end.done(part);
    run();
    return part;
  }

  /** Ends the waiting receive: 0 or an errno. */
  void end(int result) {
    Completion end = received;
    received = null;
    end.done(result);
    run();
  }

  boolean receives() {
    run();
    return received != null;
  }

  boolean isSending() {
    return sent != null;
  }

  int parts() {
    return count;
  }

  /** Ends the send under way; returns its bytes. */
  byte[] takeSent() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      out.writeBytes(parts[i].toArray(ValueLayout.JAVA_BYTE));
    }
    endSend(out.size());
    return out.toByteArray();
  }

  void endSend(int result) {
    Completion end = sent;
    sent = null;
    end.done(result);
    run();
  }

  /** Runs what was posted. */
  @Override
  public void run() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    if (received != null) {
      throw new AssertionError("two receives");
    }
    room = to;
    received = end;
  }

  @Override
  public void send(int socket, MemorySegment[] these, int howMany, Completion end) {
    if (sent != null) {
      throw new AssertionError("two sends");
    }
    parts = these;
    count = howMany;
    sent = end;
    sends++;
  }

  @Override
  public void post(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void stop() {}

  @Override
  public void close() {}

  @Override
  public String kind() {
    return "fake";
  }

  @Override
  public long nanos() {
    return 0;
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    return () -> {};
  }

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sync(int fd, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void accept(int socket, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void readable(int fd, Completion end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close(int fd) {}
}

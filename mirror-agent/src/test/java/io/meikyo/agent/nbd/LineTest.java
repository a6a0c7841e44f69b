// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections without a handshake, as the kernel's client has them. */
@Timeout(60)
class LineTest {
  private static final int MIB = 1 << 20;
  private static final int REPLY_BYTES = 16;

  private final Arena arena = Arena.ofShared();
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private int kernel;
  private int server;
  private Runnable drop = () -> {};
  private volatile boolean saidBye;

  @BeforeEach
  void connect() throws Exception {
    int[] ends = Sockets.pair();
    kernel = ends[0];
    server = ends[1];
  }

  @AfterEach
  void close() {
    Descriptors.close(kernel);
    arena.close();
  }

  private void serve(Served served) {
    NbdServer.Line line =
        new NbdServer.Line() {
          @Override
          public void over(boolean bye) {
            saidBye = bye;
            over.countDown();
          }

          @Override
          public void gone() {
            gone.countDown();
          }
        };
    drop = served.on(() -> served.server.serve(server, "", line));
  }

  private static boolean comes(CountDownLatch latch) throws InterruptedException {
    return latch.await(20, TimeUnit.SECONDS);
  }

  private void send(ByteBuffer bytes) {
    MemorySegment from = arena.allocate(bytes.capacity());
    from.copyFrom(MemorySegment.ofArray(bytes.array()));
    for (long at = 0; at < from.byteSize(); ) {
      int sent = Descriptors.write(kernel, from.asSlice(at));
      assertThat(sent).isPositive();
      at += sent;
    }
  }

  private static ByteBuffer request(int command, long cookie, long offset, int length) {
    int payload = command == Wire.CMD_WRITE ? length : 0;
    ByteBuffer out = ByteBuffer.allocate(Wire.REQUEST_BYTES + payload);
    return out.putInt(Wire.REQUEST_MAGIC)
        .putShort((short) 0)
        .putShort((short) command)
        .putLong(cookie)
        .putLong(offset)
        .putInt(length);
  }

  /** The errno of the next answer, whose cookie is this. */
  private int answer(long cookie) {
    MemorySegment to = arena.allocate(REPLY_BYTES);
    assertThat(Sockets.receive(kernel, to, Sockets.MSG_WAITALL)).isEqualTo(REPLY_BYTES);
    ByteBuffer in = to.asByteBuffer();
    assertThat(in.getInt()).isEqualTo(Wire.SIMPLE_MAGIC);
    int errno = in.getInt();
    assertThat(in.getLong()).isEqualTo(cookie);
    return errno;
  }

  private int received() {
    return Sockets.receive(kernel, arena.allocate(REPLY_BYTES), Sockets.MSG_WAITALL);
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_URING", "THREADS"})
  void requestsComeWithoutAHandshake(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      serve(served);
      send(request(Wire.CMD_WRITE, 1, 4096, 8192));
      assertThat(answer(1)).isZero();
      served.run(() -> served.bytes.asSlice(4096, 512).fill((byte) 5));
      send(request(Wire.CMD_READ, 2, 4096, 512));
      assertThat(answer(2)).isZero();
      MemorySegment data = arena.allocate(512);
      assertThat(Sockets.receive(kernel, data, Sockets.MSG_WAITALL)).isEqualTo(512);
      assertThat(data.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 511)).isEqualTo((byte) 5);
      send(request(Wire.CMD_READ, 3, Served.BYTES, 512));
      assertThat(answer(3)).isEqualTo(Wire.EINVAL);
      send(request(Wire.CMD_DISC, 4, 0, 0));
      assertThat(comes(over)).isTrue();
      assertThat(comes(gone)).isTrue();
      assertThat(saidBye).isTrue();
      assertThat(received()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_URING", "THREADS"})
  void aServerThatStopsLeavesRequestsToTheNextOne(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      serve(served);
      served.run(served.delays::hold);
      send(request(Wire.CMD_WRITE, 1, 0, 512));
      awaitHeld(served, 1);
      served.run(drop);
      assertThat(comes(over)).isTrue();
      // Refused with ESHUTDOWN it would be an error to a file system; unanswered it is sent again.
      assertThat(received()).isZero();
      assertThat(gone.getCount()).isEqualTo(1);
      served.run(served.delays::release);
      assertThat(comes(gone)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_URING", "THREADS"})
  void nothingIsBegunAfterItsEnd(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      served.run(() -> served.bytes.fill((byte) 7));
      served.run(served.delays::hold);
      serve(served);
      // Longer than the parts that are under way at one time: more would follow.
      send(request(Wire.CMD_WRITE_ZEROES, 1, 0, 16 * MIB));
      awaitHeld(served, 4);
      assertThat(Sockets.shutdown(kernel, 2)).isZero();
      assertThat(comes(over)).isTrue();
      assertThat(saidBye).isFalse();
      served.run(served.delays::release);
      assertThat(comes(gone)).isTrue();
      byte last = served.bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 16L * MIB - 1);
      assertThat(last).isEqualTo((byte) 7);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_URING", "THREADS"})
  void itsEndIsSeenWhileItMayNotReceive(LoopKind kind) throws Exception {
    Limits narrow = new Limits(2, 512, MIB, 512, MIB, TimeUnit.SECONDS.toNanos(10));
    try (Served served = new Served(kind, narrow, 8, 8, 4)) {
      served.run(served.delays::hold);
      serve(served);
      send(request(Wire.CMD_WRITE, 1, 0, MIB));
      send(request(Wire.CMD_WRITE, 2, MIB, 4096));
      awaitHeld(served, 1);
      assertThat(Sockets.shutdown(kernel, 2)).isZero();
      assertThat(comes(over)).isTrue();
      assertThat(gone.getCount()).isEqualTo(1);
      served.run(served.delays::release);
      assertThat(comes(gone)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_URING", "THREADS"})
  void oneTooManyEndsAtOnce(LoopKind kind) throws Exception {
    Limits none = new Limits(1, 512, MIB, 512, MIB, TimeUnit.SECONDS.toNanos(10));
    try (Served served = new Served(kind, none, 8, 8, 4);
        Client other = Client.on(served.port, "", true)) {
      assertThat(other.errno(Wire.CMD_READ, 0, 0, 512)).isZero();
      serve(served);
      assertThat(comes(over) && comes(gone)).isTrue();
      assertThat(Sockets.receive(kernel, arena.allocate(1), 0)).isIn(0, -Errno.ECONNRESET);
    }
  }

  private static void awaitHeld(Served served, int count) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (served.on(served.delays::held) < count) {
      assertThat(System.nanoTime()).as("held requests").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}

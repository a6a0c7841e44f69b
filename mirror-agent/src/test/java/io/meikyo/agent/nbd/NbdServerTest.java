// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.block.FaultLayer.Kind;
import io.meikyo.linux.Errno;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server over real sockets, with a client that says exactly what a test wants. */
@Timeout(60)
class NbdServerTest {
  private static final int MIB = 1 << 20;

  private static byte[] random(int bytes, long seed) {
    byte[] data = new byte[bytes];
    new Random(seed).nextBytes(data);
    return data;
  }

  @ParameterizedTest
  @EnumSource
  void writtenBytesAreRead(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      for (boolean structured : new boolean[] {true, false}) {
        try (Client client = Client.on(served.port, "", structured)) {
          int[] sizes = {512, 4096, 65536, 262144, MIB, MIB + 512, 5 * MIB, 32 << 20};
          for (int size : sizes) {
            byte[] data = random(size, size);
            client.write(1, Wire.FLAG_FUA, 3 * 512, data);
            assertThat(client.answer(0)).isEqualTo(new Client.Answer(1, 0, new byte[0]));
            assertThat(client.read(3 * 512, size)).isEqualTo(data);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void piecesOfEverySizeGiveTheSame(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      for (int piece : new int[] {1, 3, 27, 4097}) {
        if (served.loop instanceof ChannelLoop loop) {
          served.run(() -> loop.pieceBytes = piece);
        }
        try (Client client = Client.on(served.port, "disk", true)) {
          byte[] data = random(40960, piece);
          client.write(1, 0, 0, data);
          client.request(Wire.CMD_FLUSH, 0, 2, 0, 0);
          client.flush();
          assertThat(client.answer(0).cookie()).isEqualTo(1);
          assertThat(client.answer(0).cookie()).isEqualTo(2);
          assertThat(client.read(0, 40960)).isEqualTo(data);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesByTheBookAndGoesOn(LoopKind kind) throws Exception {
    try (Served served = new Served(kind);
        Client client = Client.on(served.port, "", true);
        Client readOnly = Client.on(served.port, "ro", true)) {
      assertThat(client.errno(Wire.CMD_READ, 0, 1, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 513)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 0)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, Served.BYTES, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, -512, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, 0, (32 << 20) + 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, Wire.FLAG_DF, 0, 2 * MIB)).isEqualTo(Wire.EOVERFLOW);
      assertThat(client.errno(Wire.CMD_READ, Wire.FLAG_DF, 0, MIB)).isZero();
      assertThat(client.errno(Wire.CMD_TRIM, 0, Served.BYTES, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_WRITE_ZEROES, 0, Served.BYTES, 512)).isEqualTo(Wire.ENOSPC);
      assertThat(client.errno(Wire.CMD_WRITE_ZEROES, Wire.FLAG_FAST_ZERO, 0, 512))
          .isEqualTo(Wire.ENOTSUP);
      assertThat(client.errno(Wire.CMD_BLOCK_STATUS, 0, 0, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_FLUSH, 0, 512, 0)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(5, 0, 0, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(999, 0, 0, 512)).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 1 << 15, 0, 512)).isEqualTo(Wire.EINVAL);
      client.write(9, 0, Served.BYTES - 512, new byte[1024]);
      assertThat(client.answer(0).errno()).isEqualTo(Wire.ENOSPC);
      client.write(9, 1 << 9, 0, new byte[MIB]);
      assertThat(client.answer(0).errno()).isEqualTo(Wire.EINVAL);
      client.write(9, 0, 0, new byte[(32 << 20) + 512]);
      assertThat(client.answer(0).errno()).isEqualTo(Wire.EINVAL);
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 512)).isZero();

      readOnly.write(9, 0, 0, new byte[4096]);
      assertThat(readOnly.answer(0).errno()).isEqualTo(Wire.EPERM);
      assertThat(readOnly.errno(Wire.CMD_TRIM, 0, 0, 512)).isEqualTo(Wire.EPERM);
      assertThat(readOnly.errno(Wire.CMD_WRITE_ZEROES, 0, 0, 512)).isEqualTo(Wire.EPERM);
      assertThat(readOnly.errno(Wire.CMD_FLUSH, 0, 0, 0)).isZero();
      assertThat(readOnly.errno(Wire.CMD_READ, 0, 0, 512)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void zeroesAndTrimsOfTheWholeDisk(LoopKind kind) throws Exception {
    try (Served served = new Served(kind);
        Client client = Client.on(served.port, "", true)) {
      served.run(() -> served.bytes.fill((byte) 7));
      assertThat(client.errno(Wire.CMD_WRITE_ZEROES, 0, 512, Served.BYTES - 1024)).isZero();
      assertThat(client.read(0, 512)).containsOnly(7);
      assertThat(client.read(512, MIB)).containsOnly(0);
      assertThat(client.read(Served.BYTES - 512, 512)).containsOnly(7);
      long flushes = served.on(served.disk::flushes);
      assertThat(client.errno(Wire.CMD_TRIM, Wire.FLAG_FUA, 0, Served.BYTES)).isZero();
      assertThat(client.read(0, 512)).containsOnly(0);
      assertThat(served.on(served.disk::flushes)).isEqualTo(flushes + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void errorsOfTheDeviceAreAnsweredOnce(LoopKind kind) throws Exception {
    try (Served served = new Served(kind);
        Client client = Client.on(served.port, "", true);
        Client simple = Client.on(served.port, "", false)) {
      served.run(() -> served.faults.fail(EnumSet.allOf(Kind.class), 4096, 8, Errno.EIO, 1000));
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 4 * MIB)).isEqualTo(Wire.EIO);
      assertThat(client.errno(Wire.CMD_WRITE_ZEROES, 0, 0, 4 * MIB)).isEqualTo(Wire.EIO);
      assertThat(client.errno(Wire.CMD_TRIM, 0, 0, 4 * MIB)).isEqualTo(Wire.EIO);
      assertThat(client.errno(Wire.CMD_FLUSH, 0, 0, 0)).isEqualTo(Wire.EIO);
      client.write(1, 0, 0, new byte[4 * MIB]);
      assertThat(client.answer(0).errno()).isEqualTo(Wire.EIO);
      assertThat(simple.errno(Wire.CMD_READ, 0, 4096 * 512, 4096)).isEqualTo(Wire.EIO);
      assertThat(simple.errno(Wire.CMD_READ, 0, 4096 * 512, 4 * MIB)).isEqualTo(Wire.EIO);
      assertThat(simple.errno(Wire.CMD_READ, 0, 0, 512)).isZero();

      // A simple reply that has begun cannot say that it failed.
      served.run(() -> served.delays.delay(100_000_000, 0));
      simple.request(Wire.CMD_READ, 0, 5, 0, 4 * MIB);
      simple.flush();
      assertThat(simple.in.readAllBytes()).hasSize(16 + 2 * MIB);
      assertThat(served.notices).extracting("code").contains(NbdNotice.READ_CUT_OFF.key());

      served.run(() -> {
        served.delays.delay(0, 0);
        served.faults.heal();
        served.faults.fail(EnumSet.of(Kind.WRITE), 0, 8, Errno.EROFS, 1);
        served.faults.fail(EnumSet.of(Kind.READ), 0, 8, Errno.ESHUTDOWN, 1);
      });
      client.write(1, 0, 0, new byte[4096]);
      assertThat(client.answer(0).errno()).isEqualTo(Wire.EPERM);
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 512)).isEqualTo(Wire.ESHUTDOWN);
    }
  }

  @ParameterizedTest
  @EnumSource
  void writesThatWaitDoNotStopReads(LoopKind kind) throws Exception {
    try (Served served = new Served(kind, Limits.USUAL, 512, 8, 4);
        Client client = Client.on(served.port, "", true)) {
      served.run(served.delays::hold);
      for (int i = 0; i < 256; i++) {
        client.write(1000 + i, 0, i * 4096L, new byte[4096]);
      }
      client.request(Wire.CMD_FLUSH, 0, 2000, 0, 0);
      for (int i = 0; i < 300; i++) {
        assertThat(client.read(i * 512L, 512)).hasSize(512);
      }
      assertThat(served.on(served.delays::held)).isEqualTo(257);
      served.run(served.delays::release);
      for (int i = 0; i < 257; i++) {
        assertThat(client.answer(0).errno()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsTooMuchWaitsAndIsDoneLater(LoopKind kind) throws Exception {
    Limits small = new Limits(4, 8, 256 << 10, 8, 256 << 10, 10_000_000_000L);
    // Three large buffers for two clients that want more than that.
    try (Served served = new Served(kind, small, 2, 2, 1);
        Client one = Client.on(served.port, "", true);
        Client two = Client.on(served.port, "", false)) {
      served.run(() -> served.delays.delay(100_000, 200_000));
      List<CompletableFuture<Void>> both = new ArrayList<>();
      for (Client client : List.of(one, two)) {
        both.add(
            CompletableFuture.runAsync(() -> {
              try {
                for (int i = 0; i < 60; i++) {
                  client.write(i, 0, 0, random(100 << 9, i));
                  client.request(Wire.CMD_READ, 0, 100 + i, 0, 200 << 9);
                }
                client.flush();
                for (int i = 0; i < 120; i++) {
                  readAnyAnswer(client);
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }));
      }
      CompletableFuture.allOf(both.toArray(CompletableFuture[]::new)).get(40, SECONDS);
    }
  }

  /** Takes an answer to one of the requests above, in whatever order. */
  private static void readAnyAnswer(Client client) throws java.io.IOException {
    client.in.mark(64);
    int magic = client.in.readInt();
    long cookie;
    if (magic == Wire.SIMPLE_MAGIC) {
      assertThat(client.in.readInt()).isZero();
      cookie = client.in.readLong();
    } else {
      client.in.readInt();
      cookie = client.in.readLong();
    }
    client.in.reset();
    assertThat(client.answer(cookie >= 100 ? 200 << 9 : 0).errno()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void clientsThatDoNotListenTakeNothingFromOthers(LoopKind kind) throws Exception {
    Limits limits = new Limits(8, 64, 4 << 20, 64, 4 << 20, 10_000_000_000L);
    try (Served served = new Served(kind, limits, 64, 64, 16);
        Client deaf = Client.on(served.port, "", true);
        Client other = Client.on(served.port, "", true)) {
      for (int i = 0; i < 64; i++) {
        deaf.request(Wire.CMD_READ, 0, i, 0, MIB);
      }
      deaf.flush();
      for (int i = 0; i < 50; i++) {
        assertThat(other.read(0, MIB)).hasSize(MIB);
      }
      assertThat(served.on(served.pool::lent)).isLessThanOrEqualTo(4);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anExportIsRemovedUnderItsClients(LoopKind kind) throws Exception {
    try (Served served = new Served(kind);
        Client client = Client.on(served.port, "disk", true);
        Client other = Client.on(served.port, "", true)) {
      served.run(served.delays::hold);
      client.write(1, 0, 0, new byte[4096]);
      assertThat(client.read(0, 512)).hasSize(512);
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      served.run(() -> served.server.remove("disk", () -> done.complete(true)));
      assertThat(client.errno(Wire.CMD_READ, 0, 0, 512)).isEqualTo(Wire.ESHUTDOWN);
      client.write(2, 0, 0, new byte[MIB]);
      assertThat(client.answer(0)).extracting("cookie", "errno").contains(2L, Wire.ESHUTDOWN);
      assertThat(done).isNotDone();
      served.run(served.delays::release);
      assertThat(client.answer(0)).extracting("cookie", "errno").contains(1L, 0);
      assertThat(client.isClosed()).isTrue();
      assertThat(done.get(10, SECONDS)).isTrue();
      assertThat(other.read(0, 512)).hasSize(512);
      try (Client late = new Client(served.port)) {
        late.greet(3);
        late.option(Wire.OPT_GO, Client.go("disk"));
        assertThat(late.optionReply()).isEqualTo(Wire.REP_ERR_UNKNOWN);
        late.option(Wire.OPT_ABORT, new byte[0]);
        assertThat(late.optionReply()).isEqualTo(Wire.REP_ACK);
        assertThat(late.isClosed()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientsThatVanishLeaveNothing(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      for (int i = 0; i < 30; i++) {
        Client client = Client.on(served.port, "", i % 2 == 0);
        client.request(Wire.CMD_WRITE, 0, 1, 0, 4 * MIB);
        client.out.write(new byte[MIB + 70000 * i]);
        client.request(Wire.CMD_READ, 0, 1, 0, 8 * MIB);
        client.flush();
        client.close();
      }
      try (Client client = Client.on(served.port, "", true)) {
        served.run(served.delays::hold);
        client.write(1, 0, 0, new byte[4096]);
        client.read(0, 512);
      }
      try (Client client = Client.on(served.port, "", true)) {
        client.request(Wire.CMD_DISC, 0, 1, 0, 0);
        client.flush();
        assertThat(client.isClosed()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void atMostSoManyClientsAndNoSilentOnes(LoopKind kind) throws Exception {
    Limits limits = new Limits(2, 8, 1 << 20, 8, 1 << 20, 300_000_000L);
    try (Served served = new Served(kind, limits, 8, 8, 8);
        Client one = Client.on(served.port, "", true);
        Client silent = new Client(served.port)) {
      silent.in.skipNBytes(18);
      try (Client third = new Client(served.port)) {
        assertThat(third.isClosed()).isTrue();
      }
      assertThat(silent.isClosed()).isTrue();
      assertThat(one.read(0, 512)).hasSize(512);
      assertThat(served.notices)
          .extracting("code")
          .contains(NbdNotice.TOO_MANY.key(), NbdNotice.TOO_SLOW.key());
    }
  }

  /** Its last answers do not fit into the sockets, and the server stops all the same. */
  @ParameterizedTest
  @EnumSource
  void aClientThatDoesNotListenDoesNotHoldUpTheEnd(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      Client deaf = Client.on(served.port, "", true);
      for (int i = 0; i < 40; i++) {
        deaf.request(Wire.CMD_READ, 0, i, 0, MIB);
      }
      deaf.flush();
      served.run(() -> {});
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFlushOfOneConnectionCoversTheOthers(LoopKind kind) throws Exception {
    try (Served served = new Served(kind);
        Client one = Client.on(served.port, "", true);
        Client two = Client.on(served.port, "disk", true)) {
      one.write(1, 0, 0, random(4096, 1));
      assertThat(one.answer(0).errno()).isZero();
      long before = served.on(served.disk::flushes);
      assertThat(two.errno(Wire.CMD_FLUSH, 0, 0, 0)).isZero();
      assertThat(served.on(served.disk::flushes)).isEqualTo(before + 1);
      assertThat(served.on(() -> served.bytes.get(ValueLayout.JAVA_BYTE, 0)))
          .isEqualTo(random(4096, 1)[0]);
    }
  }
}

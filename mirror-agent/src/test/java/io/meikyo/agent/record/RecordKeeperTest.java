// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.mirror.RecordPort;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keeper of the record and its client, over real sockets. */
@Timeout(60)
class RecordKeeperTest {
  private static final long GROUP = 4711;

  private Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private RecordKeeper keeper;
  private CompletableFuture<IOException> ended;

  @BeforeEach
  void folder() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "mkrec");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable a : open.reversed()) {
      a.close();
    }
    if (keeper != null) {
      keeper.close();
    }
    try (var all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private SocketAddress keep(SocketAddress address) throws IOException {
    keeper = new RecordKeeper(folder, address, () -> GROUP, log::add);
    ended = new CompletableFuture<>();
    RecordKeeper k = keeper;
    Thread.ofVirtual()
        .start(() -> {
          try {
            k.run();
            ended.complete(null);
          } catch (IOException e) {
            ended.complete(e);
          }
        });
    return keeper.address();
  }

  private SocketAddress tcp() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** A client with what it was told. */
  private final class Asker implements RecordPort.Events, AutoCloseable {
    final LinkedBlockingQueue<SetRecord> seen = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
    final IoLoop loop;
    final RecordClient client;
    private final Thread thread;

    Asker(SocketAddress address) throws Exception {
      this(address, 0);
    }

    Asker(SocketAddress address, int replica) throws Exception {
      loop = Loops.best(reason -> {});
      Identity identity = new Identity(new UUID(1, 1), RecordJournalTest.DISK, replica);
      client = new RecordClient(loop, address, identity, this);
      thread = Thread.ofPlatform().start(loop::run);
      loop.post(client::begin);
      open.add(this);
    }

    @Override
    public void recordSeen(SetRecord record) {
      seen.add(record);
    }

    @Override
    public void proposed(long proposalId, Outcome outcome, SetRecord record) {
      outcomes.add(outcome);
    }

    SetRecord next() throws InterruptedException {
      SetRecord r = seen.poll(10, TimeUnit.SECONDS);
      assertThat(r).as("news of the record").isNotNull();
      return r;
    }

    Outcome propose(SetRecord record) throws InterruptedException {
      loop.post(() -> client.propose(record.proposalId(), record));
      Outcome outcome = outcomes.poll(10, TimeUnit.SECONDS);
      assertThat(outcome).as("an answer").isNotNull();
      return outcome;
    }

    boolean connected() {
      CompletableFuture<Boolean> is = new CompletableFuture<>();
      loop.post(() -> is.complete(client.connected()));
      return is.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() throws IOException {
      client.close();
      loop.stop();
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      loop.close();
    }
  }

  private static void await(BooleanSupplier question) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!question.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChangeIsAnsweredAndToldToTheOther(boolean unix) throws Exception {
    SocketAddress address =
        keep(unix ? UnixDomainSocketAddress.of(folder.resolve("sub/s")) : tcp());
    Asker a = new Asker(address);
    Asker b = new Asker(address);
    SetRecord first = a.next();
    assertThat(first).isEqualTo(SetRecord.initial(GROUP));
    assertThat(b.next()).isEqualTo(first);

    SetRecord second = RecordJournalTest.next(first, 11);
    assertThat(a.propose(second)).isEqualTo(Outcome.COMMITTED);
    assertThat(b.next()).isEqualTo(second);
    assertThat(b.propose(RecordJournalTest.next(first, 12))).isEqualTo(Outcome.REJECTED);
    assertThat(a.propose(second)).as("asked again").isEqualTo(Outcome.COMMITTED);
    assertThat(a.client.newest()).isEqualTo(second);
    assertThat(log).anyMatch(line -> line.contains("version 2"));
  }

  /** Rule R13: restored images become a mirror when each of the two has asked for the very same. */
  @Test
  void restoredReplicasNeedTheWordOfBoth() throws Exception {
    SocketAddress address = keep(tcp());
    Asker a = new Asker(address, 0);
    Asker b = new Asker(address, 1);
    SetRecord first = a.next();
    assertThat(b.next()).isEqualTo(first);
    SetRecord pair = pair(first, 77);
    assertThat(a.propose(pair)).isEqualTo(Outcome.UNKNOWN);
    assertThat(a.propose(pair)).as("twice is one word").isEqualTo(Outcome.UNKNOWN);
    assertThat(b.propose(pair(first, 78))).as("another image").isEqualTo(Outcome.UNKNOWN);
    assertThat(b.propose(pair)).as("the newest counts").isEqualTo(Outcome.UNKNOWN);
    assertThat(a.propose(pair)).isEqualTo(Outcome.COMMITTED);
    assertThat(b.next()).isEqualTo(pair);
    assertThat(b.propose(pair)).as("found decided").isEqualTo(Outcome.COMMITTED);
  }

  private static SetRecord pair(SetRecord now, long cut) {
    return new SetRecord(
        now.groupId(),
        now.version() + 1,
        now.epoch() + 1,
        -1,
        3,
        now.generation() + 5,
        now.stamps(),
        cut,
        0,
        cut,
        now.cutStatus());
  }

  @Test
  void aLostAnswerIsUnknownAndTheDecisionIsFoundLater() throws Exception {
    SocketAddress address = keep(tcp());
    // A keeper's twin that swallows the answers: greets, takes the proposal, and dies.
    try (ServerSocketChannel twin = ServerSocketChannel.open().bind(tcp())) {
      SocketAddress there = twin.getLocalAddress();
      Thread.ofVirtual().start(() -> swallow(twin, address));
      Asker a = new Asker(there);
      SetRecord first = a.next();
      SetRecord second = RecordJournalTest.next(first, 21);
      assertThat(a.propose(second)).isEqualTo(Outcome.UNKNOWN);

      Asker b = new Asker(address);
      assertThat(b.next()).as("it was decided").isEqualTo(second);
      assertThat(b.propose(second)).isEqualTo(Outcome.COMMITTED);
    }
  }

  private static void swallow(ServerSocketChannel twin, SocketAddress keeper) {
    try (SocketChannel client = twin.accept();
        SocketChannel real = RecordWire.connect(keeper)) {
      RecordWire.write(real, RecordWire.read(client, RecordWire.GREETING_BYTES));
      RecordWire.write(client, RecordWire.read(real, RecordWire.MESSAGE_BYTES));
      RecordWire.write(real, RecordWire.read(client, RecordWire.MESSAGE_BYTES));
      RecordWire.read(real, RecordWire.MESSAGE_BYTES);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aKeeperThatStaysSilentIsHungUpOn() throws Exception {
    SocketAddress address = keep(tcp());
    try (ServerSocketChannel mute = ServerSocketChannel.open().bind(tcp())) {
      Asker a = new Asker(mute.getLocalAddress());
      ByteBuffer record =
          RecordWire.message(
              RecordWire.RECORD, 0, null, SetRecord.initial(GROUP), RecordJournalTest.DISK);
      try (SocketChannel first = mute.accept()) {
        RecordWire.write(first, record);
        SetRecord known = a.next();
        assertThat(a.connected()).isTrue();
        assertThat(a.propose(RecordJournalTest.next(known, 5))).isEqualTo(Outcome.UNKNOWN);
        assertThat(a.connected()).isFalse();
        try (SocketChannel again = mute.accept()) {
          assertThat(again.isConnected()).isTrue();
        }
      }
    }
    assertThat(address).isNotNull();
  }

  @Test
  void aKeeperThatIsStartedAgainGoesOn() throws Exception {
    SocketAddress address = keep(tcp());
    Asker a = new Asker(address);
    SetRecord first = a.next();
    SetRecord second = RecordJournalTest.next(first, 31);
    assertThat(a.propose(second)).isEqualTo(Outcome.COMMITTED);
    keeper.close();
    await(() -> !a.connected());
    assertThat(a.propose(RecordJournalTest.next(second, 32))).isEqualTo(Outcome.UNKNOWN);
    keep(address);
    await(a::connected);
    assertThat(a.propose(RecordJournalTest.next(second, 33))).isEqualTo(Outcome.COMMITTED);
    assertThat(a.seen).as("nothing new came by itself").isEmpty();
  }

  @Test
  void anEmptiedFolderIsANewLineage() throws Exception {
    SocketAddress address = keep(tcp());
    Asker a = new Asker(address);
    a.next();
    keeper.close();
    Files.delete(folder.resolve(RecordJournalTest.DISK + ".record"));
    keeper = new RecordKeeper(folder, address, () -> GROUP + 1, log::add);
    RecordKeeper k = keeper;
    Thread.ofVirtual()
        .start(() -> {
          try {
            k.run();
          } catch (IOException e) {
            log.add(String.valueOf(e));
          }
        });
    assertThat(a.next().groupId()).isEqualTo(GROUP + 1);
  }

  @Test
  void aStrangerIsRefusedAndHarmsNobody() throws Exception {
    SocketAddress address = keep(tcp());
    try (Socket stranger = new Socket()) {
      stranger.connect(address);
      stranger.setSoTimeout(10_000);
      stranger.getOutputStream().write("GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n".getBytes());
      assertThat(stranger.getInputStream().read()).isEqualTo(-1);
    } catch (java.net.SocketException e) {
      // Reset: also a refusal.
    }
    Asker a = new Asker(address);
    a.next();
    await(() -> log.stream().anyMatch(line -> line.contains("stranger")));
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void aDamagedJournalEndsTheKeeper() throws Exception {
    Files.write(folder.resolve(RecordJournalTest.DISK + ".record"), new byte[] {1, 2, 3});
    byte[] bytes = new byte[1024];
    java.util.Arrays.fill(bytes, (byte) 9);
    Files.write(folder.resolve(RecordJournalTest.DISK + ".record"), bytes);
    Asker a = new Asker(keep(tcp()));
    assertThat(ended.get(10, TimeUnit.SECONDS)).hasMessageContaining("is damaged at byte 0");
    assertThat(a.seen).isEmpty();
  }

  @Test
  void aSocketThatAnotherProcessListensOnIsNotTaken() throws Exception {
    Path path = folder.resolve("s");
    keep(UnixDomainSocketAddress.of(path));
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(() ->
                new RecordKeeper(folder, UnixDomainSocketAddress.of(path), () -> GROUP, log::add)))
        .hasMessageContaining("another process listens there");
    Files.writeString(folder.resolve("file"), "precious");
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(() ->
                new RecordKeeper(
                    folder,
                    UnixDomainSocketAddress.of(folder.resolve("file")),
                    () -> GROUP,
                    log::add)))
        .hasMessageContaining("no socket");
    assertThat(folder.resolve("file")).hasContent("precious");
    try (ServerSocket port = new ServerSocket(0)) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(() ->
                  new RecordKeeper(folder, port.getLocalSocketAddress(), () -> GROUP, log::add)))
          .hasMessageContaining("in use");
    }
  }
}

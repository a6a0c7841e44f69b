// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.channel.Channel;
import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.channel.Talker;
import io.meikyo.agent.channel.TestKeys;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Tls;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same inside TLS: what the test gives and takes is encrypted on its way. */
class TlsLinkStreamTest extends LinkStreamTest {
  @TempDir private Path root;
  private final FakeLoop out = new FakeLoop();
  private Tls ours;
  private Tls theirs;
  private Talker to;
  private Talker from;
  private final List<String> peers = new ArrayList<>();

  @BeforeEach
  void keys() throws Exception {
    TestKeys keys = new TestKeys(root);
    ours = keys.tls("server1");
    theirs = keys.tls("server2");
  }

  private Channel open(FakeLoop loop, boolean called, Talker talker) throws Exception {
    Channel channel = Channels.of(loop, ours, Runnable::run).of(7, called);
    boolean[] open = new boolean[1];
    channel.open(
        new Channel.Opening() {
          @Override
          public void opened(PeerIdentity peer) {
            peers.add(peer.server());
            open[0] = true;
          }

          @Override
          public void left() {
            throw new AssertionError("left");
          }

          @Override
          public void refused(String reason) {
            throw new AssertionError(reason);
          }
        });
    ByteArrayOutputStream coming = new ByteArrayOutputStream();
    int given = 0;
    for (int i = 0; i < 200; i++) {
      loop.run();
      if (loop.isSending()) {
        talker.decrypt(loop.takeSent());
      }
      coming.writeBytes(talker.control());
      given += loop.give(coming.toByteArray(), given, 100);
    }
    assertThat(open[0]).isTrue();
    assertThat(talker.isOpen()).isTrue();
    assertThat(loop.isSending()).isFalse();
    return channel;
  }

  @Override
  Channel incoming() throws Exception {
    to = new Talker(theirs.caller());
    return open(loop, true, to);
  }

  @Override
  Channel outgoing() throws Exception {
    from = new Talker(theirs.called());
    return open(out, false, from);
  }

  @Override
  FakeLoop out() {
    return out;
  }

  @Override
  byte[] onTheWay(byte[] bytes) throws Exception {
    return to.encrypt(bytes);
  }

  @Override
  byte[] takeSent() throws Exception {
    return from.decrypt(out.takeSent());
  }

  @Override
  @Test
  void anyDamagedByteIsAFlawAndNeverAWrongFrame() throws Exception {
    List<String> expected = new ArrayList<>();
    byte[] good = conversation(expected);
    List<String> right = plain(expected);
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      heard.clear();
      begin();
      byte[] bytes = onTheWay(good);
      bytes[i < 30 ? i : random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      int given = 0;
      for (int part = 1; part > 0 && given < bytes.length; given += part) {
        part = loop.give(bytes, given, 5000);
      }
      if (loop.receives()) {
        // A longer record than there is: it waits for the rest.
        loop.end(0);
      }
      List<String> told = plain(heard);
      assertThat(told.getLast()).startsWith("ended ");
      assertThat(told.subList(0, told.size() - 1)).isEqualTo(right.subList(0, told.size() - 1));
      assertThat(pool.lent()).isZero();
      if (loop.isSending()) {
        loop.takeSent();
      }
    }
  }

  @Test
  void itIsKnownWhoIsThere() throws Exception {
    begin();
    outgoing();
    assertThat(peers).containsExactly("server2", "server2");
  }

  /** Keys change after 4 MiB here: see test.security. */
  @Test
  void keysChangeUnderWay() throws Exception {
    int answers = 0;
    begin();
    List<String> expected = new ArrayList<>();
    byte[] plain = conversation(expected);
    for (int i = 0; i < 300; i++) {
      heard.clear();
      byte[] frames = i == 0 ? plain : java.util.Arrays.copyOfRange(plain, 64, plain.length);
      arrive(onTheWay(frames), 50_000);
      assertThat(plain(heard))
          .isEqualTo(plain(i == 0 ? expected : expected.subList(1, expected.size())));
      if (loop.isSending()) {
        to.decrypt(loop.takeSent());
        answers++;
      }
    }
    assertThat(answers).as("answers to new keys; nobody said anything else").isPositive();
    loop.end(0);
  }

  @Test
  void keysChangeWhileWeSend() throws Exception {
    Channel channel = outgoing();
    byte[] piece = new byte[300_000];
    new Random(3).nextBytes(piece);
    try (var arena = java.lang.foreign.Arena.ofConfined()) {
      var memory = arena.allocate(piece.length);
      memory.copyFrom(java.lang.foreign.MemorySegment.ofArray(piece));
      for (int i = 0; i < 60; i++) {
        int[] end = new int[1];
        channel.send(
            new java.lang.foreign.MemorySegment[] {
              memory.asSlice(0, 100), memory.asSlice(100, 5000), memory.asSlice(5100)
            },
            3,
            result -> end[0] = result);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (out.isSending()) {
          got.writeBytes(takeSent());
        }
        assertThat(end[0]).isEqualTo(piece.length);
        assertThat(java.util.Arrays.equals(got.toByteArray(), piece)).isTrue();
      }
    }
    assertThat(from.control()).as("our change of keys is answered").isNotEmpty();
  }
}

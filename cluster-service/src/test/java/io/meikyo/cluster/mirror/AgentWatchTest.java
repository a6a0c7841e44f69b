// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.NodeEvent;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the watch tells of an agent that runs, starts anew, ends. */
@Timeout(60)
class AgentWatchTest {
  private Path folder;
  private Path socket;
  private final BlockingQueue<NodeEvent.Agent> told = new LinkedBlockingQueue<>();

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "mkwatch");
    socket = folder.resolve("agent.sock");
  }

  @AfterEach
  void remove() throws IOException {
    Files.deleteIfExists(socket);
    Files.delete(folder);
  }

  /** An agent of these facts, as it speaks on its socket. */
  private final class Agent implements AutoCloseable {
    private final ServerSocketChannel server =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, String> facts;

    Agent(Map<String, String> facts) throws IOException {
      this.facts = facts;
      Files.deleteIfExists(socket);
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          SocketChannel client = server.accept();
          connections.incrementAndGet();
          open.add(client);
          Thread.ofVirtual().start(() -> serve(client));
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    private void serve(SocketChannel client) {
      try (client) {
        DataInputStream in = new DataInputStream(Channels.newInputStream(client));
        DataOutputStream out =
            new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(client)));
        while (true) {
          in.readLong();
          int texts = in.readInt();
          for (int i = 0; i < texts; i++) {
            in.readNBytes(in.readInt());
          }
          requests.incrementAndGet();
          for (Map.Entry<String, String> e : facts.entrySet()) {
            out.writeByte('f');
            text(out, e.getKey());
            text(out, e.getValue());
          }
          out.writeByte('x');
          out.writeInt(0);
          out.flush();
        }
      } catch (IOException e) {
        // The other side went.
      }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (SocketChannel one : open) {
        one.close();
      }
    }
  }

  private AgentWatch watch() {
    return new AgentWatch(
        socket,
        () -> List.of("md1"),
        e -> told.add((NodeEvent.Agent) e),
        1_000_000_000L,
        () -> true);
  }

  /** Reads on until it is told so; every look before must have been as {@code meanwhile} says. */
  private void awaitTold(Predicate<NodeEvent.Agent> so, Predicate<NodeEvent.Agent> meanwhile)
      throws InterruptedException {
    while (true) {
      NodeEvent.Agent look = told.poll(30, TimeUnit.SECONDS);
      assertThat(look).isNotNull();
      if (so.test(look)) {
        return;
      }
      assertThat(look).matches(meanwhile);
    }
  }

  private static boolean active(NodeEvent.Agent look) {
    NodeEvent.Agent.DiskView disk = look.disks().get("md1");
    return disk != null && disk.active();
  }

  @Test
  void anAgentIsAskedOverOneConnection() throws Exception {
    try (Agent agent = new Agent(Map.of("role", "ACTIVE"));
        AgentWatch watch = watch()) {
      for (int i = 0; i < 5; i++) {
        NodeEvent.Agent look = told.take();
        assertThat(look.runs()).isTrue();
        assertThat(active(look)).isTrue();
      }
      assertThat(watch.facts()).isEqualTo(Map.of("md1", Map.of("role", "ACTIVE")));
      assertThat(agent.requests.get()).isGreaterThanOrEqualTo(5);
      assertThat(agent.connections.get()).isOne();
    }
  }

  @Test
  void whenTheNextLifeIsThereTheAgentWasNeverGone() throws Exception {
    Agent first = new Agent(Map.of("role", "ACTIVE"));
    try (AgentWatch watch = watch()) {
      awaitTold(AgentWatchTest::active, look -> true);
      told.clear();
      // The name is the next one's before the first one's connections end.
      try (Agent second = new Agent(Map.of("role", "STANDBY"))) {
        first.close();
        awaitTold(look -> look.runs() && !active(look), NodeEvent.Agent::runs);
        assertThat(second.connections.get()).isOne();
        assertThat(watch.facts().get("md1")).containsEntry("role", "STANDBY");
      }
      awaitTold(look -> !look.runs(), NodeEvent.Agent::runs);
      assertThat(watch.facts()).isEmpty();
    }
  }

  @Test
  void anAgentThatIsNotThereDoesNotRun() {
    NodeEvent.Agent none = AgentWatch.look(socket, List.of("md1"));
    assertThat(none).isEqualTo(NodeEvent.Agent.silent(none.askedAt()));
  }

  @Test
  void ruleR5ItIsFollowedWhenAllInSyncPeersFollowAndHaveAnsweredLately() {
    Map<String, String> well =
        Map.of(
            "role", "ACTIVE",
            "answered", "true",
            "promisedAgoMillis", "70",
            "peers.server2.connected", "true",
            "peers.server2.inSync", "true",
            "peers.server2.mode", "DIFFERENTIAL");
    assertThat(followed(well)).isTrue();
    for (String key : List.of("answered", "peers.server2.connected", "peers.server2.inSync")) {
      assertThat(followed(with(well, key, "false"))).as(key).isFalse();
    }
    assertThat(followed(with(well, "peers.server2.mode", "NONE"))).isFalse();
    assertThat(followed(with(well, "role", "DEMOTING"))).isFalse();
  }

  @Test
  void ruleR5TheYoungestPromiseOfAllMirrorDisksCounts() {
    Map<String, String> old = Map.of("role", "STANDBY", "promisedAgoMillis", "5000");
    Map<String, String> young = Map.of("role", "STANDBY", "promisedAgoMillis", "-20");
    assertThat(AgentWatch.view(7, true, Map.of("md1", old)).promisedAgo())
        .isEqualTo(5_000_000_000L);
    assertThat(AgentWatch.view(7, true, Map.of("md1", old, "md2", young)).promisedAgo())
        .isEqualTo(-20_000_000L);
    // One that does not say may have promised just now.
    assertThat(AgentWatch.view(7, true, Map.of("md1", Map.of("role", "STANDBY"))).promisedAgo())
        .isNegative();
  }

  private static Map<String, String> with(Map<String, String> facts, String key, String value) {
    Map<String, String> more = new HashMap<>(facts);
    more.put(key, value);
    return more;
  }

  private static boolean followed(Map<String, String> facts) {
    NodeEvent.Agent.DiskView disk =
        AgentWatch.view(7, true, Map.of("md1", facts)).disks().get("md1");
    return disk != null && disk.followed();
  }
}

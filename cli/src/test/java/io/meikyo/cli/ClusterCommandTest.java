// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.config.Addresses;
import io.meikyo.cluster.join.JoinPolicy;
import io.meikyo.cluster.join.JoinServer;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.process.MemberJournal;
import io.meikyo.cluster.process.ServiceNotice;
import io.meikyo.cluster.process.Welcome;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.Tls;
import io.meikyo.tls.Trust;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands around keys, with two servers' folders on one machine. */
class ClusterCommandTest {
  private static final InstantSource CLOCK = InstantSource.system();
  private static final Path CONFIG =
      Path.of(System.getProperty("meikyo.root"), "docs/examples/meikyo.toml");
  private static final String ID = "01234567-89ab-cdef-0011-223344556677";

  private static final UUID GROUP = new UUID(5, 6);

  @TempDir private Path root;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<Notice> notices = new CopyOnWriteArrayList<>();
  private JoinServer server;

  @AfterEach
  void close() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private int run(String folder, String command, String... words) {
    List<String> line =
        new ArrayList<>(List.of(command, "--state", root.resolve(folder).toString()));
    line.addAll(List.of(words));
    return execute("cluster", line);
  }

  private int execute(String first, List<String> more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> line = new ArrayList<>(List.of(first));
    line.addAll(more);
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(line.toArray(String[]::new));
  }

  /** Founds a cluster in a folder. */
  private int init(String folder, String name, String... words) {
    List<String> line = new ArrayList<>(List.of("--config", CONFIG.toString(), "--server", name));
    line.addAll(List.of(words));
    return run(folder, "init", line.toArray(String[]::new));
  }

  private PkiFolder keys(String folder) {
    return PkiFolder.at(root.resolve(folder).resolve("pki"));
  }

  private Credentials credentials(String folder) throws Exception {
    return Credentials.read(keys(folder).tls(), Instant.now());
  }

  private String serve() throws Exception {
    server =
        JoinServer.open(
            keys("a"),
            Tls.open(keys("a").tls(), CLOCK),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            this::admit,
            CLOCK,
            notices::add);
    return Addresses.text(server.address());
  }

  /** As the cluster service does, without a cluster behind it. */
  private JoinPolicy.Admission admit(String name) {
    if (!name.equals("server2")) {
      return new JoinPolicy.Admission.Refused(Notice.of(ServiceNotice.NOT_IN_CONFIG, name));
    }
    try {
      UUID id = credentials("a").identity().cluster();
      String text = Files.readString(CONFIG);
      return new JoinPolicy.Admission.Welcome(
          new Welcome(id, name, MemberRole.SERVER, GROUP, 3, 17, text).encode());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private int token(String... words) {
    List<String> line =
        new ArrayList<>(List.of("token", "create", "--state", root.resolve("a").toString()));
    line.addAll(List.of(words));
    return execute("cluster", line);
  }

  private String newToken(String... words) {
    assertThat(token(words)).as(err.toString()).isZero();
    return out.toString().strip();
  }

  @Test
  void aClusterIsFoundedAndServersJoin() throws Exception {
    assertThat(init("a", "server1", "--cluster-id", ID)).isZero();
    assertThat(out.toString()).contains(ID);
    String address = serve();
    assertThat(out.toString()).contains("meikyo cluster token create");
    String token = newToken();
    assertThat(token).startsWith("mkj1_").doesNotContain("\n");
    assertThat(err.toString()).contains("meikyo cluster join --token TOKEN 192.168.10.1:7704");
    Files.writeString(root.resolve("word"), token + "\n");
    int stranger =
        run("c", "join", address, "--token-file", root.resolve("word").toString(), "--server", "c");
    assertThat(stranger).isEqualTo(1);
    assertThat(err.toString()).contains("knows no member c");
    assertThat(run("b", "join", address, "--token", token, "--server", "server2"))
        .as(err.toString())
        .isZero();
    assertThat(err.toString()).contains("This server is now server2 of cluster " + ID);
    assertThat(credentials("b").identity().server()).isEqualTo("server2");
    MemberJournal journal = MemberJournal.read(root.resolve("b/member.journal"));
    assertThat(journal.clusterId()).hasToString(ID);
    assertThat(journal.group()).isEqualTo(GROUP);
    assertThat(journal.voterId()).isEqualTo("server2#3");
    assertThat(journal.life()).isEqualTo(17);
    assertThat(journal.founder()).isFalse();
    assertThat(root.resolve("b/first.toml")).hasSameTextualContentAs(CONFIG);
    assertThat(root.resolve("b/joined")).doesNotExist();
    assertThat(run("d", "join", address, "--token", token, "--server", "server2")).isEqualTo(1);
    assertThat(err.toString()).contains("was used by server2", "why", "do");
  }

  @Test
  void aJoiningThatWasInterruptedIsGoneOnWith() throws Exception {
    assertThat(init("a", "server1", "--cluster-id", ID)).isZero();
    String address = serve();
    String token = newToken("--server", "server2");
    assertThat(err.toString()).contains("--token TOKEN --server server2");
    assertThat(run("b", "join", address, "--token", token, "--server", "server2")).isZero();
    Welcome told =
        new Welcome(
            UUID.fromString(ID),
            "server2",
            MemberRole.SERVER,
            GROUP,
            1,
            0,
            Files.readString(CONFIG));
    Files.write(root.resolve("b/joined"), told.encode());
    Files.delete(root.resolve("b/member.journal"));
    server.close();
    assertThat(run("b", "join", address, "--token", token)).as(err.toString()).isZero();
    assertThat(MemberJournal.read(root.resolve("b/member.journal")).name()).isEqualTo("server2");
    assertThat(run("b", "join", address, "--token", token, "--server", "server2")).isEqualTo(1);
    assertThat(err.toString()).contains("is already server2");
  }

  @Test
  void aFoundingThatWasInterruptedIsGoneOnWith() throws Exception {
    assertThat(init("a", "server1")).isZero();
    Credentials own = credentials("a");
    try (var all = Files.list(root.resolve("a"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    assertThat(init("a", "server1")).as(err.toString()).isZero();
    assertThat(credentials("a")).isEqualTo(own);
    assertThat(out.toString()).contains(own.identity().cluster().toString());
  }

  @Test
  void certificatesAreReplacedAndRevoked() throws Exception {
    assertThat(init("a", "server1")).isZero();
    String address = serve();
    assertThat(run("b", "join", address, "--token", newToken(), "--server", "server2")).isZero();
    Credentials old = credentials("b");
    assertThat(run("b", "rotate-certificates")).as(err.toString()).isZero();
    assertThat(err.toString()).contains("server2 has a new certificate");
    assertThat(credentials("b").key()).isNotEqualTo(old.key());
    assertThat(run("b", "rotate-certificates", "--at", address, "--revoke-former")).isZero();
    Trust trust = credentials("a").trust();
    assertThat(trust.revoked().getFirst().isRevoked(old.chain().getFirst())).isTrue();
    Credentials first = credentials("a");
    assertThat(run("a", "rotate-certificates", "--revoke-former")).as(err.toString()).isZero();
    assertThat(credentials("a").key()).isNotEqualTo(first.key());
    assertThat(credentials("a").trust().revoked().getFirst().isRevoked(first.chain().getFirst()))
        .isTrue();
    assertThat(run("a", "revoke", "server2")).isZero();
    assertThat(err.toString()).contains("server2 is believed no more");
    assertThat(run("a", "revoke", "server2")).isEqualTo(1);
    assertThat(err.toString()).contains("These have one: server1.");
  }

  @Test
  void whatCannotBeDoneIsSaid() throws Exception {
    assertThat(token()).isEqualTo(1);
    assertThat(err.toString()).contains("The cluster was not founded on this server");
    assertThat(run("a", "rotate-certificates")).isEqualTo(1);
    assertThat(err.toString()).contains("This server is in no cluster");
    assertThat(init("a", "server9")).isEqualTo(1);
    assertThat(root.resolve("a/pki/node.key")).doesNotExist();
    assertThat(init("a", "server1", "--cluster-id", ID)).isZero();
    byte[] key = Files.readAllBytes(root.resolve("a/pki/ca.key"));
    assertThat(init("a", "server2")).isEqualTo(1);
    assertThat(err.toString()).contains("This server is already server1 of cluster");
    assertThat(Files.readAllBytes(root.resolve("a/pki/ca.key"))).isEqualTo(key);
    assertThat(run("b", "join", "127.0.0.1:1", "--token", "mkj1_abc", "--server", "b"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("That is no token");
    assertThat(run("b", "join", "127.0.0.1:1", "--token", newToken(), "--server", "b"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("127.0.0.1:1 cannot be reached");
    assertThat(run("b", "join", "nowhere:port", "--token", newToken(), "--server", "b"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("nowhere");
    assertThat(run("b", "join", "127.0.0.1:1", "--server", "b")).isEqualTo(2);
    assertThat(run("b", "join", "127.0.0.1:1", "--token-file", "/nowhere", "--server", "b"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("No token could be read from /nowhere");
    assertThat(token("--valid", "soon")).isEqualTo(2);
    assertThat(root.resolve("b/pki/node.crt")).doesNotExist();
  }
}

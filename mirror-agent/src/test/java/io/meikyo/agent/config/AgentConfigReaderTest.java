// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.agent.mirror.PairPlace;
import io.meikyo.agent.snapshot.ProviderSpec;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.TlsFiles;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentConfigReaderTest {
  private static final String GOOD =
      """
      control = "/run/meikyo/agent.sock"
      state = "/var/lib/meikyo"
      trusted-link = true
      [[mirror]]
      name = "md1"
      cluster-id = "01234567-89ab-cdef-0011-223344556677"
      disk-id = "8899aabb-ccdd-eeff-fedc-ba9876543210"
      replica = 0
      server = "server1"
      data = "/dev/sdb2"
      cluster = "/dev/sdb1"
      listen = "127.0.0.1:7760"
      record = "unix:/run/record"
      front-end = "kernel-nbd"
      nbd = "[::1]:10809"

      [[mirror.peer]]
      replica = 1
      server = "server2"
      paths = ["127.0.0.2:7760", "127.0.0.3:7760"]
      """;

  @TempDir private Path folder;

  private AgentConfig read(String text) throws Exception {
    return AgentConfigReader.read(Files.writeString(folder.resolve("c.toml"), text));
  }

  /** What is wrong with it: key of the notice and its arguments but the file. */
  private List<String> wrong(String text) throws Exception {
    Files.writeString(folder.resolve("c.toml"), text);
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> AgentConfigReader.read(folder.resolve("c.toml")));
    assertThat(e).as("it is refused").isNotNull();
    return e.notices().stream().map(AgentConfigReaderTest::brief).toList();
  }

  private static String brief(Notice n) {
    int count = n.code().endsWith("unknown") ? 2 : 3;
    List<String> args =
        n.args().stream().skip(1).map(a -> String.valueOf(a.value()).strip()).limit(count).toList();
    return (n.code().substring(n.code().indexOf('.') + 1) + " " + String.join(" ", args)).strip();
  }

  @Test
  void everythingIsRead() throws Exception {
    AgentConfig c = read(GOOD);
    assertThat(c.control()).isEqualTo(Path.of("/run/meikyo/agent.sock"));
    AgentConfig.Mirror m = c.mirrors().getFirst();
    assertThat(m.frontEnd()).isEqualTo(AgentConfig.FrontEnd.KERNEL_NBD);
    assertThat(m.device()).isEqualTo(Path.of("/dev/meikyo/md1"));
    assertThat(m.nbd()).isEqualTo(new InetSocketAddress("::1", 10809));
    assertThat(m.spec().record()).isEqualTo(UnixDomainSocketAddress.of("/run/record"));
    assertThat(m.spec().peers().get(1))
        .containsExactly(
            new InetSocketAddress("127.0.0.2", 7760), new InetSocketAddress("127.0.0.3", 7760));
    assertThat(m.spec().serverName(1)).isEqualTo("server2");
    assertThat(m.spec().identity().replica()).isZero();
  }

  @Test
  void whatMayBeLeftOut() throws Exception {
    AgentConfig c = read(GOOD.replaceAll("(?m)^(nbd|front-end) = .*\n", ""));
    assertThat(c.mirrors().getFirst().nbd()).isNull();
    assertThat(c.mirrors().getFirst().frontEnd()).isEqualTo(AgentConfig.FrontEnd.AUTO);
  }

  @Test
  void eachMirrorDiskSaysWhoTakesItsSnapshots() throws Exception {
    assertThat(provider("")).isEqualTo(ProviderSpec.BUILT_IN);
    assertThat(provider("snapshot-provider = \"reflink\"\nsnapshot-folder = \"/f\"\n"))
        .isEqualTo(
            new ProviderSpec(
                ProviderSpec.Kind.REFLINK, Path.of("/f"), null, ProviderSpec.USUAL_NANOS));
    assertThat(provider("snapshot-provider = \"lvm-thin\"\nsnapshot-timeout = \"1500ms\"\n"))
        .isEqualTo(new ProviderSpec(ProviderSpec.Kind.LVM_THIN, null, null, 1_500_000_000L));
    assertThat(provider("snapshot-provider = \"script\"\nsnapshot-script = \"/s\"\n"))
        .isEqualTo(
            new ProviderSpec(
                ProviderSpec.Kind.SCRIPT, null, Path.of("/s"), ProviderSpec.USUAL_NANOS));
    for (String bad :
        List.of(
            "snapshot-provider = \"zfs\"",
            "snapshot-provider = 5",
            "snapshot-provider = \"script\"",
            "snapshot-provider = \"reflink\"\nsnapshot-folder = \"f\"",
            "snapshot-folder = \"f\"",
            "snapshot-provider = \"script\"\nsnapshot-script = \"/s\"\nsnapshot-folder = \"/f\"",
            "snapshot-provider = \"reflink\"\nsnapshot-cap = \"1GiB\"",
            "snapshot-cap = \"63KiB\"",
            "snapshot-cap = 5",
            "snapshot-script = \"/s\"",
            "snapshot-timeout = \"99ms\"",
            "snapshot-timeout = \"61s\"",
            "snapshot-timeout = 5")) {
      assertThat(wrong(with(bad + "\n")))
          .as(bad)
          .singleElement()
          .satisfies(w -> assertThat(w).startsWith("bad-value").contains("snapshot-"));
    }
  }

  private static String with(String lines) {
    return GOOD.replace("front-end = ", lines + "front-end = ");
  }

  private ProviderSpec provider(String lines) throws Exception {
    return read(with(lines)).mirrors().getFirst().snapshots();
  }

  private SnapshotPlace place(String text) throws Exception {
    return read(text).mirrors().getFirst().place();
  }

  @Test
  void snapshotsHaveAPlace() throws Exception {
    SnapshotPlace usual = place(GOOD);
    assertThat(usual.folder().getFileName()).hasToString("snapshots");
    assertThat(usual.folder().getParent()).isEqualTo(read(GOOD).state());
    assertThat(usual.capBytes()).isZero();
    String some = "[snapshots]\nfolder = \"/big\"\ncap = \"20GiB\"\n\n[[mirror]]";
    assertThat(place(GOOD.replace("[[mirror]]", some)))
        .isEqualTo(new SnapshotPlace(Path.of("/big"), 20L << 30));
    assertThat(place(with("snapshot-cap = \"1GiB\"\n").replace("[[mirror]]", some)))
        .as("the mirror disk's own word")
        .isEqualTo(new SnapshotPlace(Path.of("/big"), 1L << 30));
    assertThat(place(with("snapshot-folder = \"/f\"\n").replace("[[mirror]]", some)))
        .isEqualTo(new SnapshotPlace(Path.of("/f"), 20L << 30));
    for (String cap : List.of("20", "\"20\"", "\"1KiB\"", "\"-1GiB\"", "\"\"")) {
      assertThat(wrong(GOOD.replace("[[mirror]]", "[snapshots]\ncap = " + cap + "\n[[mirror]]")))
          .as(cap)
          .singleElement()
          .satisfies(w -> assertThat(w).startsWith("bad-value").contains("cap"));
    }
    assertThat(wrong("snapshots = 5\n" + GOOD)).hasSize(1);
    assertThat(wrong(GOOD.replace("[[mirror]]", "[snapshots]\nsize = 5\n[[mirror]]"))).hasSize(1);
  }

  @Test
  void aMissingFileIsSaid() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> AgentConfigReader.read(folder.resolve("none")));
    assertThat(e.notices())
        .singleElement()
        .satisfies(n -> assertThat(n.code()).isEqualTo("config.unreadable"));
  }

  @Test
  void allSyntaxErrorsAreSaidWithTheirPlace() throws Exception {
    List<String> wrong = wrong("control = \nstate = \"x\n");
    assertThat(wrong).hasSizeGreaterThan(1);
    assertThat(wrong.get(0)).startsWith("syntax 1 ");
    assertThat(wrong.get(1)).startsWith("syntax 2 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replica = 0|replica = 8|bad-value 8 replica 8",
        "replica = 0|replica = \"0\"|bad-value 8 replica 0",
        "replica = 0|replica = -1|bad-value 8 replica -1",
        "replica = 1|replica = 0|bad-value 18 replica 0",
        "name = \"md1\"|name = 5|bad-value 5 name 5",
        "name = \"md1\"|name = \" \"|bad-value 5 name",
        "/dev/sdb2|sdb2|bad-value 10 data sdb2",
        "127.0.0.1:7760|127.0.0.1|bad-value 12 listen 127.0.0.1",
        "127.0.0.1:7760|127.0.0.1:99999|bad-value 12 listen 127.0.0.1:99999",
        "127.0.0.1:7760|unix:/x|bad-value 12 listen unix:/x",
        "unix:/run/record|nonsense|bad-value 13 record nonsense",
        "unix:/run/record|unix:|bad-value 13 record unix:",
        "[::1]:10809|::1:10809|bad-value 15 nbd ::1:10809",
        "kernel-nbd|nfs|bad-value 14 front-end nfs",
        "8899aabb|zz|bad-value 7 disk-id zz-ccdd-eeff-fedc-ba9876543210",
        "127.0.0.3:7760|?|bad-value 20 paths ?",
      })
  void aWrongValueIsSaidWithItsLine(String from, String to, String expected) throws Exception {
    assertThat(wrong(GOOD.replace(from, to))).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "control",
    "state",
    "name",
    "cluster-id",
    "disk-id",
    "server",
    "data",
    "cluster",
    "listen",
    "paths"
  })
  void aMissingKeyIsSaid(String key) throws Exception {
    String text = GOOD.replaceFirst("(?m)^" + key + " = .*\n", "");
    assertThat(wrong(text)).singleElement().asString().startsWith("missing ").endsWith(" " + key);
  }

  @Test
  void withoutAMirrorOrAPeer() throws Exception {
    assertThat(wrong("control = \"/a\"\nstate = \"/b\"\n")).containsExactly("missing 1 mirror");
    assertThat(wrong(GOOD.substring(0, GOOD.indexOf("[[mirror.peer]]"))))
        .containsExactly("missing 5 peer");
    assertThat(wrong("control = \"/a\"\nstate = \"/b\"\nmirror = 3\n"))
        .containsExactly("bad-value 3 mirror 3");
  }

  private static final String TLS = "tls = { key = \"/k\", certificate = \"/c\", ca = \"/a\" }";

  @Test
  void aLinkIsEncryptedOrOpenButNeverByAccident() throws Exception {
    AgentConfig open = read(GOOD);
    assertThat(open.tls()).isNull();
    assertThat(open.mirrors().getFirst().trusted()).isTrue();
    AgentConfig closed = read(GOOD.replace("trusted-link = true", TLS));
    assertThat(closed.tls())
        .isEqualTo(new TlsFiles(Path.of("/k"), Path.of("/c"), Path.of("/a"), null));
    assertThat(closed.mirrors().getFirst().trusted()).isFalse();
    AgentConfig withList =
        read(GOOD.replace("trusted-link = true", TLS.replace(" }", ", revoked = \"/r\" }")));
    assertThat(withList.tls().revoked()).isEqualTo(Path.of("/r"));
    AgentConfig one =
        read(
            GOOD.replace("trusted-link = true", TLS)
                .replace("replica = 0", "replica = 0\ntrusted-link = true"));
    assertThat(one.tls()).isNotNull();
    assertThat(one.mirrors().getFirst().trusted()).isTrue();
    AgentConfig alone =
        read(
            GOOD.replace("trusted-link = true\n", "")
                .replace("replica = 0", "replica = 0\ntrusted-link = true"));
    assertThat(alone.tls()).isNull();
    assertThat(wrong(GOOD.replace("trusted-link = true", ""))).containsExactly("link-open 5");
    assertThat(wrong(GOOD.replace("trusted-link = true", "trusted-link = false")))
        .containsExactly("link-open 5");
    assertThat(wrong(GOOD.replace("trusted-link = true", "trusted-link = \"yes\"")))
        .containsExactlyInAnyOrder("bad-value 3 trusted-link yes", "link-open 5");
    assertThat(wrong(GOOD.replace("trusted-link = true", "trusted-link = true\n" + TLS)))
        .containsExactly("bad-value 3 trusted-link true");
    assertThat(wrong(GOOD.replace("trusted-link = true", "tls = true")))
        .containsExactly("bad-value 3 tls true");
    assertThat(wrong(GOOD.replace("trusted-link = true", TLS.replace("ca =", "caa ="))))
        .containsExactlyInAnyOrder("unknown 3 caa", "missing 3 ca");
  }

  @Test
  void severalErrorsAreSaidAtOnce() throws Exception {
    String text =
        GOOD.replace("name =", "nmae =")
            .replace("replica = 0", "replica = 77")
            .replace("server = \"server2\"", "server = 2\ncolour = \"red\"");
    assertThat(wrong(text))
        .containsExactly(
            "unknown 5 nmae",
            "missing 5 name",
            "bad-value 8 replica 77",
            "bad-value 19 server 2",
            "unknown 20 colour");
  }

  @Test
  void twoMirrorsMustNotShareNamesOrAddresses() throws Exception {
    String second = GOOD.substring(GOOD.indexOf("[[mirror]]"));
    assertThat(wrong(GOOD + second))
        .contains("bad-value 22 name md1", "bad-value 27 data /dev/sdb2")
        .anyMatch(w -> w.startsWith("bad-value 28 cluster"))
        .anyMatch(w -> w.startsWith("bad-value 29 listen"));
    assertThat(wrong(GOOD.replace("/dev/sdb2", "/dev/sdb1")))
        .containsExactly("bad-value 11 cluster /dev/sdb1");
    assertThat(wrong(GOOD.replace("server2", "server1")))
        .containsExactly("bad-value 19 server server1");
  }

  @Test
  void withoutAKeeperTheTwoAgentsKeepTheRecord() throws Exception {
    String text = GOOD.replaceFirst("(?m)^record = .*\n", "");
    MirrorSpec spec = read(text).mirrors().getFirst().spec();
    assertThat(spec.record()).isNull();
    assertThat(spec.pair())
        .isEqualTo(
            new PairPlace(
                Path.of("/var/lib/meikyo"),
                new InetSocketAddress("127.0.0.1", 8760),
                List.of(
                    new InetSocketAddress("127.0.0.2", 8760),
                    new InetSocketAddress("127.0.0.3", 8760))));
    String ports = text.replace("front-end", "record-port = 99\nfront-end") + "record-port = 98\n";
    PairPlace other = read(ports).mirrors().getFirst().spec().pair();
    assertThat(other).isNotNull();
    assertThat(other.listen().getPort()).isEqualTo(99);
    assertThat(other.peer()).extracting(InetSocketAddress::getPort).containsExactly(98, 98);
    assertThat(wrong(text.replace("front-end", "record-port = 0\nfront-end")))
        .containsExactly("bad-value 13 record-port 0");
    assertThat(wrong(text.replace("127.0.0.1:7760", "127.0.0.1:65000")))
        .containsExactly("bad-value 12 record-port 66000");
  }

  @Test
  void moreThanTwoServersNeedAKeeper() throws Exception {
    String text = GOOD.replaceFirst("(?m)^record = .*\n", "");
    String third =
        GOOD.substring(GOOD.indexOf("[[mirror.peer]]")).replace("replica = 1", "replica = 2");
    assertThat(wrong(text + third.replace("server2", "server3")))
        .containsExactly("record-needed 5 3");
  }

  @Test
  void times() throws Exception {
    String fast = GOOD.replace("front-end = ", "times = \"fast\"\nfront-end = ");
    assertThat(read(fast).mirrors().getFirst().spec().times()).isEqualTo(EngineConfig.Times.fast());
    assertThat(read(GOOD).mirrors().getFirst().spec().times())
        .isEqualTo(EngineConfig.Times.standard());
    assertThat(wrong(fast.replace("\"fast\"", "\"soon\""))).contains("bad-value 14 times soon");
  }
}

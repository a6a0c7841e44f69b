// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.agent.mirror.PairPlace;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.core.cluster.config.form.Units;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Reads an agent's configuration:
 *
 * <pre>
 * control = "/run/meikyo/agent.sock"
 * state = "/var/lib/meikyo"
 * keeper = "/run/meikyo/keeper.sock"  # may be left out; then devices die with the agent
 * tls = { key = "/var/lib/meikyo/pki/node.key", certificate = "/var/lib/meikyo/pki/node.crt",
 *         ca = "/var/lib/meikyo/pki/ca.crt", revoked = "/var/lib/meikyo/pki/revoked.crl" }
 *                                     # or, in the open, here or in a mirror: trusted-link = true
 *
 * [snapshots]                         # may be left out, and each of its lines
 * folder = "/var/lib/meikyo/snapshots"
 * cap = "20GiB"                       # of one snapshot; left out: a tenth of the disk, at most 16GiB
 *
 * [[mirror]]
 * name = "md1"
 * cluster-id = "6f9b…"              # as on the cluster partition
 * disk-id = "0c52…"
 * replica = 0
 * server = "server1"
 * data = "/dev/sdb2"
 * cluster = "/dev/sdb1"
 * listen = "10.0.0.1:7760"
 * record = "10.0.0.9:7700"          # or unix:/path; left out: the two agents keep it themselves
 * record-port = 8760                # then they meet there; left out: 1000 above that of listen
 * front-end = "auto"                # auto, fuse, kernel-nbd, nbd
 * times = "calm"                    # calm, fast: the same on every server
 * device = "/dev/meikyo/md1"
 * nbd = "unix:/run/meikyo/md1.nbd"  # or host:port; may be left out
 * snapshot-provider = "built-in"    # built-in, reflink, lvm-thin, script
 * snapshot-folder = "/disks"        # built-in: left out, as above; reflink: that of the data
 * snapshot-cap = "40GiB"            # built-in; left out: as above
 * snapshot-script = "/etc/meikyo/snapshot"  # script
 * snapshot-timeout = "5s"           # how long taking one may last; not for built-in
 *
 * [[mirror.peer]]
 * replica = 1
 * server = "server2"
 * paths = ["10.0.0.2:7760"]
 * record-port = 8760                # left out: 1000 above that of each path
 * </pre>
 */
public final class AgentConfigReader {
  private static final String TRUSTED = "trusted-link";
  private static final Set<String> TOP =
      Set.of("control", "state", "keeper", "snapshots", "tls", TRUSTED, "mirror");
  private static final Set<String> TLS = Set.of("key", "certificate", "ca", "revoked");
  private static final Set<String> SNAPSHOTS = Set.of("folder", "cap");
  private static final Set<String> MIRROR =
      Set.of(
          "name",
          "cluster-id",
          "disk-id",
          "replica",
          "server",
          "data",
          "cluster",
          "listen",
          "record",
          "record-port",
          "front-end",
          "times",
          "device",
          "nbd",
          "snapshot-provider",
          "snapshot-folder",
          "snapshot-cap",
          "snapshot-script",
          "snapshot-timeout",
          TRUSTED,
          "peer");
  private static final Set<String> PEER = Set.of("replica", "server", "paths", "record-port");
  private static final Set<String> OWN =
      Set.of("name", "data", "cluster", "listen", "device", "nbd");
  private static final String ABSENT = "";
  private static final String ADDRESS = "host:port";
  private static final int RECORD_PORT_ABOVE = 1000;
  private static final int PORT_MAX = 65535;
  private static final long CAP_LEAST = 64 << 10;

  private final Path file;
  private final List<Notice> notices = new ArrayList<>();
  private final Set<String> taken = new HashSet<>();

  private AgentConfigReader(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ConfigException with all that is wrong
   */
  public static AgentConfig read(Path file) throws ConfigException {
    return new AgentConfigReader(file).read();
  }

  private AgentConfig read() throws ConfigException {
    TomlParseResult toml;
    try {
      toml = Toml.parse(file);
    } catch (IOException e) {
      throw new ConfigException(
          List.of(Notice.of(ConfigNotice.UNREADABLE, file, String.valueOf(e.getMessage()))));
    }
    toml.errors()
        .forEach(e ->
            notices.add(
                Notice.of(
                    ConfigNotice.SYNTAX,
                    file,
                    e.position().line(),
                    e.position().column(),
                    String.valueOf(e.getMessage()))));
    stopIfWrong();
    known(toml, TOP);
    Path control = path(toml, "control");
    Path state = path(toml, "state");
    Path keeper = toml.contains("keeper") ? path(toml, "keeper") : null;
    SnapshotPlace snapshots = snapshots(toml, state);
    TlsFiles tls = tls(toml);
    boolean trusted = flag(toml, TRUSTED);
    List<AgentConfig.Mirror> mirrors = new ArrayList<>();
    for (TomlTable table : tables(toml, "mirror")) {
      notShared(table);
      boolean open = trusted || flag(table, TRUSTED);
      if (tls == null && !open && !toml.contains("tls")) {
        notices.add(Notice.of(ConfigNotice.LINK_OPEN, file, line(table, "name")));
      }
      AgentConfig.Mirror mirror = mirror(table, state, snapshots, open);
      if (mirror != null) {
        mirrors.add(mirror);
      }
    }
    stopIfWrong();
    return new AgentConfig(control, state, keeper, tls, mirrors);
  }

  private SnapshotPlace snapshots(TomlTable toml, Path state) {
    SnapshotPlace usual = SnapshotPlace.below(state);
    if (!(toml.get("snapshots") instanceof TomlTable t)) {
      if (toml.contains("snapshots")) {
        bad(toml, "snapshots", String.valueOf(toml.get("snapshots")), "a table");
      }
      return usual;
    }
    known(t, SNAPSHOTS);
    long cap = 0;
    if (t.contains("cap")) {
      cap = t.get("cap") instanceof String text ? Units.bytes(text) : -1;
      if (cap < CAP_LEAST) {
        bad(t, "cap", String.valueOf(t.get("cap")), "a size of at least 64KiB, such as 20GiB");
      }
    }
    return new SnapshotPlace(t.contains("folder") ? path(t, "folder") : usual.folder(), cap);
  }

  private boolean flag(TomlTable t, String key) {
    Object value = t.get(key);
    if (value != null && !(value instanceof Boolean)) {
      bad(t, key, value, "true or false");
    }
    return Boolean.TRUE.equals(value);
  }

  private @Nullable TlsFiles tls(TomlTable toml) {
    if (!(toml.get("tls") instanceof TomlTable t)) {
      if (toml.contains("tls")) {
        bad(toml, "tls", String.valueOf(toml.get("tls")), "a table with key, certificate and ca");
      }
      return null;
    }
    known(t, TLS);
    if (Boolean.TRUE.equals(toml.get(TRUSTED))) {
      bad(toml, TRUSTED, true, "false, since tls is given");
    }
    return new TlsFiles(
        path(t, "key"),
        path(t, "certificate"),
        path(t, "ca"),
        t.contains("revoked") ? path(t, "revoked") : null);
  }

  private void stopIfWrong() throws ConfigException {
    if (!notices.isEmpty()) {
      throw new ConfigException(notices);
    }
  }

  private AgentConfig.@Nullable Mirror mirror(
      TomlTable t, Path state, SnapshotPlace place, boolean trusted) {
    known(t, MIRROR);
    Map<Integer, List<InetSocketAddress>> peers = new LinkedHashMap<>();
    Map<Integer, String> names = new LinkedHashMap<>();
    int replica = number(t, "replica");
    names.put(replica, text(t, "server"));
    for (TomlTable peer : tables(t, "peer")) {
      known(peer, PEER);
      int other = number(peer, "replica");
      if (other >= 0 && names.containsKey(other)) {
        bad(peer, "replica", other, "a number that no other replica has");
      }
      String server = text(peer, "server");
      if (peer.contains("server") && names.containsValue(server)) {
        bad(peer, "server", server, "a name that no other server has");
      }
      names.put(other, server);
      peers.put(other, addresses(peer));
    }
    UUID cluster = id(t, "cluster-id");
    UUID disk = id(t, "disk-id");
    String name = text(t, "name");
    Path data = path(t, "data");
    Path meta = path(t, "cluster");
    InetSocketAddress listen = inet(t, "listen", text(t, "listen"));
    SocketAddress record = t.contains("record") ? socket(t, "record", text(t, "record")) : null;
    PairPlace pair = record == null ? pair(t, state, listen, peers) : null;
    SocketAddress nbd = t.contains("nbd") ? socket(t, "nbd", text(t, "nbd")) : null;
    Path device = t.contains("device") ? path(t, "device") : Path.of("/dev/meikyo", name);
    AgentConfig.FrontEnd frontEnd = frontEnd(t);
    EngineConfig.Times times = times(t);
    ProviderReader.Chosen snapshots = new ProviderReader(file, notices).read(t, place);
    if (!notices.isEmpty()) {
      return null;
    }
    MirrorSpec spec =
        new MirrorSpec(
            name,
            new Identity(cluster, disk, replica),
            data,
            meta,
            listen,
            peers,
            names,
            record,
            pair,
            times);
    return new AgentConfig.Mirror(
        spec, frontEnd, device, nbd, snapshots.place(), snapshots.provider(), trusted);
  }

  private EngineConfig.Times times(TomlTable t) {
    String value = t.contains("times") ? text(t, "times") : "calm";
    return switch (value) {
      case "fast" -> EngineConfig.Times.fast();
      case "calm" -> EngineConfig.Times.standard();
      default -> {
        bad(t, "times", value, "calm or fast");
        yield EngineConfig.Times.standard();
      }
    };
  }

  /** Where the two agents meet about the record that they keep themselves. */
  private @Nullable PairPlace pair(
      TomlTable t,
      Path state,
      InetSocketAddress listen,
      Map<Integer, List<InetSocketAddress>> peers) {
    if (peers.size() != 1) {
      if (peers.size() > 1) {
        notices.add(Notice.of(ConfigNotice.RECORD_NEEDED, file, line(t, "name"), peers.size() + 1));
      }
      return null;
    }
    TomlTable peer = tables(t, "peer").getFirst();
    return new PairPlace(
        state,
        above(t, listen),
        peers.values().iterator().next().stream().map(a -> above(peer, a)).toList());
  }

  /** The same address with the port for the record. */
  private InetSocketAddress above(TomlTable t, InetSocketAddress address) {
    Object given = t.get("record-port");
    long port = given instanceof Long n ? n : address.getPort() + RECORD_PORT_ABOVE;
    if (port < 1 || port > PORT_MAX || (given != null && !(given instanceof Long))) {
      String where = given != null ? "record-port" : t.contains("listen") ? "listen" : "paths";
      Object value = given != null ? given : port;
      notices.add(
          Notice.of(
              ConfigNotice.BAD_VALUE,
              file,
              line(t, where),
              "record-port",
              value,
              "a port from 1 to " + PORT_MAX));
      return address;
    }
    return new InetSocketAddress(address.getAddress(), (int) port);
  }

  private AgentConfig.FrontEnd frontEnd(TomlTable t) {
    if (!t.contains("front-end")) {
      return AgentConfig.FrontEnd.AUTO;
    }
    String value = text(t, "front-end");
    for (AgentConfig.FrontEnd f : AgentConfig.FrontEnd.values()) {
      if (f.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(value)) {
        return f;
      }
    }
    if (t.get("front-end") instanceof String) {
      bad(t, "front-end", value, "auto, fuse, kernel-nbd or nbd");
    }
    return AgentConfig.FrontEnd.AUTO;
  }

  /** Two mirror disks have nothing in common: not their names, partitions or addresses. */
  private void notShared(TomlTable t) {
    for (String key : OWN) {
      if (t.get(key) instanceof String value && !taken.add(key + " " + value)) {
        bad(t, key, value, "one that no other mirror disk of this server has");
      }
    }
    if (t.get("data") instanceof String data && data.equals(t.get("cluster"))) {
      bad(t, "cluster", data, "another partition than data");
    }
  }

  // ---- values

  private int line(TomlTable t, String key) {
    TomlPosition at = t.inputPositionOf(key);
    return at == null ? 1 : at.line();
  }

  private void bad(TomlTable t, String key, Object value, String wanted) {
    notices.add(Notice.of(ConfigNotice.BAD_VALUE, file, line(t, key), key, value, wanted));
  }

  private void known(TomlTable t, Set<String> keys) {
    for (String key : t.keySet()) {
      if (!keys.contains(key)) {
        notices.add(
            Notice.of(
                ConfigNotice.UNKNOWN,
                file,
                line(t, key),
                key,
                String.join(", ", keys.stream().sorted().toList())));
      }
    }
  }

  private List<TomlTable> tables(TomlTable t, String key) {
    List<TomlTable> all = new ArrayList<>();
    if (t.get(key) instanceof TomlArray array) {
      for (int i = 0; i < array.size(); i++) {
        if (array.get(i) instanceof TomlTable table) {
          all.add(table);
        }
      }
    }
    if (!t.contains(key)) {
      missing(t, key);
    } else if (all.isEmpty()) {
      bad(t, key, String.valueOf(t.get(key)), "a table that begins with [[" + key + "]]");
    }
    return all;
  }

  private void missing(TomlTable t, String key) {
    int line = t.keySet().stream().mapToInt(k -> line(t, k)).min().orElse(1);
    notices.add(Notice.of(ConfigNotice.MISSING, file, line, key));
  }

  private String text(TomlTable t, String key) {
    Object value = t.get(key);
    if (value instanceof String s && !s.isBlank()) {
      return s;
    }
    if (value == null) {
      missing(t, key);
    } else {
      bad(t, key, value, "text");
    }
    return ABSENT;
  }

  private Path path(TomlTable t, String key) {
    String value = text(t, key);
    if (t.get(key) instanceof String s && !s.isBlank()) {
      if (s.startsWith("/") && s.indexOf('\0') < 0) {
        return Path.of(value);
      }
      bad(t, key, s, "a path from the root, such as /dev/sdb1");
    }
    return Path.of("/");
  }

  private int number(TomlTable t, String key) {
    Object value = t.get(key);
    if (value instanceof Long n && n >= 0 && n < Identity.REPLICAS_MAX) {
      return n.intValue();
    }
    if (value == null) {
      missing(t, key);
    } else {
      bad(t, key, value, "a number from 0 to " + (Identity.REPLICAS_MAX - 1));
    }
    return -1;
  }

  private UUID id(TomlTable t, String key) {
    String value = text(t, key);
    try {
      return UUID.fromString(value);
    } catch (IllegalArgumentException e) {
      if (!value.equals(ABSENT)) {
        bad(t, key, value, "an id as meikyo partition inspect prints it");
      }
      return new UUID(0, 0);
    }
  }

  private List<InetSocketAddress> addresses(TomlTable t) {
    List<InetSocketAddress> all = new ArrayList<>();
    if (t.get("paths") instanceof TomlArray array) {
      for (int i = 0; i < array.size(); i++) {
        all.add(inet(t, "paths", String.valueOf(array.get(i))));
      }
    }
    if (all.isEmpty()) {
      missing(t, "paths");
    }
    return all;
  }

  private SocketAddress socket(TomlTable t, String key, String value) {
    SocketAddress address = Addresses.any(value);
    if (address != null) {
      return address;
    }
    if (t.get(key) instanceof String s && !s.isBlank()) {
      bad(t, key, value, ADDRESS + " or unix:/path");
    }
    return new InetSocketAddress(0);
  }

  private InetSocketAddress inet(TomlTable t, String key, String value) {
    InetSocketAddress address = Addresses.inet(value);
    if (address == null) {
      if (!value.equals(ABSENT)) {
        bad(t, key, value, ADDRESS);
      }
      return new InetSocketAddress(0);
    }
    return address;
  }
}

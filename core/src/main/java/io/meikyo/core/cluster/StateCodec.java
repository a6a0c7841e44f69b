// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.SetRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The replicated state in bytes: in a snapshot of the log, and in the first command of a successor.
 *
 * <pre>
 *   0  4  magic "MKCS"
 *   4  4  version of the format, 3; 1 and 2 are read too
 *   8  4  CRC32C of all after it
 *  12  .  the state, as {@link Out} writes values
 * </pre>
 *
 * Stateless; any thread may call.
 */
public final class StateCodec {
  private static final int MAGIC = 'M' << 24 | 'K' << 16 | 'C' << 8 | 'S';
  private static final int VERSION = 3;
  private static final int HEADER = 12;

  private StateCodec() {}

  /** The state as bytes. */
  public static byte[] encode(ClusterState state) {
    Out body = new Out();
    write(body, state);
    byte[] content = body.done();
    CRC32C crc = new CRC32C();
    crc.update(content);
    return new Out().i32(MAGIC).i32(VERSION).i32((int) crc.getValue()).raw(content).done();
  }

  /** Reads a state; throws {@link IllegalArgumentException} if these bytes are none. */
  public static ClusterState decode(byte[] bytes) {
    In head = new In(bytes);
    if (head.i32() != MAGIC) {
      throw new IllegalArgumentException("not a state of a cluster");
    }
    int version = head.i32();
    if (version < 1 || version > VERSION) {
      throw new IllegalArgumentException("a state of format " + version);
    }
    int sum = head.i32();
    byte[] content = head.raw(bytes.length - HEADER);
    CRC32C crc = new CRC32C();
    crc.update(content);
    if ((int) crc.getValue() != sum) {
      throw new IllegalArgumentException("damaged: the checksum differs");
    }
    In in = new In(content);
    ClusterState state = read(in, version);
    in.end();
    return state;
  }

  static void write(Out o, ClusterState s) {
    o.uuid(s.clusterId()).uuid(s.group());
    o.list(
        s.lineage(),
        a -> {
          o.uuid(a.group()).i64(a.end().term()).i64(a.end().index());
          o.text(a.successor()).text(a.evidence());
        });
    o.i64(s.version());
    o.map(
        s.servers(),
        (name, v) -> {
          o.text(name).word(v.role()).i32(v.incarnation()).word(v.startMode());
          o.bool(v.running()).i64(v.leaseEpoch()).i64(v.configApplied()).bool(v.left());
        });
    config(o, s.config());
    o.bool(s.suspension().on()).text(s.suspension().by()).i64(s.suspension().sinceMillis());
    noBackup(o);
    o.map(
        s.groups(),
        (name, g) -> {
          o.text(name).maybe(g.owner()).i64(g.epoch()).bool(g.wanted()).maybe(g.target());
          o.word(g.phase()).map(g.failures(), (at, n) -> o.text(at).i32(n));
          o.word(g.why());
          o.map(g.deposed(), (server, lease) -> o.text(server).i64(lease));
        });
    o.map(
        s.disks(),
        (name, d) -> {
          o.text(name).uuid(d.diskId());
          record(o, d.record(), d.diskId());
          DiskState.Forced f = d.forced();
          o.bool(f != null);
          if (f != null) {
            o.text(f.server()).text(f.by()).i64(f.atMillis()).i64(f.version());
          }
        });
    o.map(
        s.done(),
        (name, d) -> {
          o.text(name).i64(d.life());
          o.map(
              d.verdicts(),
              (number, v) -> {
                o.i64(number).bool(v.taken()).word(v.saying()).list(v.args(), o::text);
              });
        });
    since2(o, s);
    backup(o, s.backup());
    pairings(o, s);
  }

  /** What the first format has not: it follows behind. */
  private static void since2(Out o, ClusterState s) {
    o.map(
        s.groups(),
        (name, g) -> {
          o.text(name).list(g.off(), o::text);
          o.list(g.failovers(), f -> o.text(f.from()).i64(f.atMillis()));
        });
    o.map(s.servers(), (name, v) -> o.text(name).list(v.quiet(), o::text));
  }

  /** A state of this format or an older one. */
  static ClusterState read(In in, int version) {
    ClusterState first = readFirst(in);
    ClusterState second = version < 2 ? first : readSecond(in, first);
    return version < 3 ? second : readPairings(in, second.withBackup(backup(in)));
  }

  private static void pairings(Out o, ClusterState s) {
    o.map(
        s.disks(),
        (name, d) -> {
          o.text(name);
          DiskState.Pairing p = d.pairing();
          o.bool(p != null);
          if (p != null) {
            record(o, p.next(), d.diskId());
            o.i32(p.askedBy());
          }
        });
  }

  private static ClusterState readPairings(In in, ClusterState second) {
    ClusterState[] s = {second};
    in.list(() -> {
      DiskState d = s[0].disks().get(in.text());
      if (d == null) {
        throw new IllegalArgumentException("more of a mirror disk than there is");
      }
      if (in.bool()) {
        DiskState.Pairing p = new DiskState.Pairing(record(in, d.diskId()), in.i32());
        s[0] = s[0].withDisk(new DiskState(d.name(), d.diskId(), d.record(), d.forced(), p));
      }
      return d;
    });
    return s[0];
  }

  private static ClusterState readSecond(In in, ClusterState first) {
    ClusterState[] s = {first};
    in.list(() -> {
      GroupState g = s[0].groups().get(in.text());
      List<String> off = in.list(in::text);
      List<GroupState.Failover> failovers =
          in.list(() -> new GroupState.Failover(in.text(), in.i64()));
      if (g == null) {
        throw new IllegalArgumentException("more of a group than there is");
      }
      s[0] =
          s[0].withGroup(
              new GroupState(
                  g.name(),
                  g.owner(),
                  g.epoch(),
                  g.wanted(),
                  g.target(),
                  g.phase(),
                  g.failures(),
                  g.why(),
                  g.deposed(),
                  new TreeSet<>(off),
                  failovers));
      return g;
    });
    in.list(() -> {
      ServerState v = s[0].server(in.text());
      TreeSet<String> quiet = new TreeSet<>(in.list(in::text));
      if (v == null) {
        throw new IllegalArgumentException("more of a server than there is");
      }
      s[0] = s[0].withServer(v.withQuiet(quiet));
      return v;
    });
    return s[0];
  }

  /** A state of the first format. */
  private static ClusterState readFirst(In in) {
    UUID cluster = in.uuid();
    UUID group = in.uuid();
    List<Ancestor> lineage =
        in.list(() ->
            new Ancestor(in.uuid(), new LogPosition(in.i64(), in.i64()), in.text(), in.text()));
    long version = in.i64();
    TreeMap<String, ServerState> servers = new TreeMap<>();
    in.list(() -> server(in)).forEach(v -> servers.put(v.name(), v));
    ConfigState config = config(in);
    Suspension suspension = new Suspension(in.bool(), in.text(), in.i64());
    skipNoBackup(in);
    TreeMap<String, GroupState> groups = new TreeMap<>();
    in.list(() -> group(in)).forEach(g -> groups.put(g.name(), g));
    TreeMap<String, DiskState> disks = new TreeMap<>();
    in.list(() -> disk(in)).forEach(d -> disks.put(d.name(), d));
    SortedMap<String, Done> done =
        in.map(in::text, () -> new Done(in.i64(), in.map(in::i64, () -> verdict(in))));
    return new ClusterState(
        cluster,
        group,
        lineage,
        version,
        servers,
        config,
        suspension,
        BackupMode.OFF,
        groups,
        disks,
        done);
  }

  private static ServerState server(In in) {
    return new ServerState(
        in.text(),
        in.named(MemberRole.values()),
        in.i32(),
        in.named(StartMode.values()),
        in.bool(),
        in.i64(),
        in.i64(),
        in.bool(),
        new TreeSet<>());
  }

  private static GroupState group(In in) {
    return new GroupState(
        in.text(),
        in.maybe(),
        in.i64(),
        in.bool(),
        in.maybe(),
        in.named(Phase.values()),
        in.map(in::text, in::i32),
        in.named(Reason.values()),
        in.map(in::text, in::i64),
        new TreeSet<>(),
        List.of());
  }

  private static DiskState disk(In in) {
    String name = in.text();
    UUID id = in.uuid();
    SetRecord record = record(in, id);
    DiskState.Forced forced =
        in.bool() ? new DiskState.Forced(in.text(), in.text(), in.i64(), in.i64()) : null;
    return new DiskState(name, id, record, forced);
  }

  private static Verdict verdict(In in) {
    return new Verdict(in.bool(), in.named(ClusterNotice.values()), in.list(in::text));
  }

  static void config(Out o, ConfigState c) {
    o.i64(c.version()).text(c.text());
    o.map(
        c.groups(),
        (name, g) -> {
          o.text(name).list(g.servers(), o::text).list(g.disks(), o::text).bool(g.autoStart());
        });
    o.map(c.disks(), (name, d) -> o.text(name).uuid(d.diskId()).list(d.replicas(), o::text));
    o.text(c.by());
  }

  static ConfigState config(In in) {
    return new ConfigState(
        in.i64(),
        in.text(),
        in.map(
            in::text,
            () -> new ConfigState.GroupFacts(in.list(in::text), in.list(in::text), in.bool())),
        in.map(in::text, () -> new ConfigState.DiskFacts(in.uuid(), in.list(in::text))),
        in.text());
  }

  /** Where the first two formats had a backup mode that nothing ever turned on. */
  private static void noBackup(Out o) {
    o.bool(false).text("").i64(0).i32(0);
  }

  private static void skipNoBackup(In in) {
    in.bool();
    in.text();
    in.i64();
    in.map(in::text, () -> in.i64() + in.i64());
  }

  private static void backup(Out o, BackupMode b) {
    o.word(b.stage()).text(b.by()).i64(b.sinceMillis()).text(b.server()).i64(b.life());
    o.i64(b.cutId()).i64(b.maxMillis());
    o.map(b.disks(), (disk, server) -> o.text(disk).text(server));
    o.map(b.modes(), (server, mode) -> o.text(server).word(mode));
  }

  private static BackupMode backup(In in) {
    return new BackupMode(
        in.named(BackupMode.Stage.values()),
        in.text(),
        in.i64(),
        in.text(),
        in.i64(),
        in.i64(),
        in.i64(),
        in.map(in::text, in::text),
        in.map(in::text, () -> in.named(StartMode.values())));
  }

  static void record(Out o, SetRecord record, UUID disk) {
    ByteBuffer block = ByteBuffer.allocate(SetRecordCodec.BYTES);
    SetRecordCodec.encode(record, disk, block);
    o.raw(block.array());
  }

  static SetRecord record(In in, UUID disk) {
    ByteBuffer block = ByteBuffer.wrap(in.raw(SetRecordCodec.BYTES));
    SetRecord record = SetRecordCodec.decode(block, disk).orNull();
    if (record == null) {
      throw new IllegalArgumentException("not a record of " + disk);
    }
    return record;
  }
}

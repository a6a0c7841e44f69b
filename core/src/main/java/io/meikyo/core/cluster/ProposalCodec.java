// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import java.util.UUID;

/**
 * Proposals in bytes, as they stand in the log, and verdicts as they come back.
 *
 * <pre>
 *  1  version of the format, 1
 *  .  proposer, life 8, number 8, wall clock in ms 8
 *  1  code of the command, then its values, as {@link Out} writes them
 * </pre>
 *
 * Stateless; any thread may call. Unreadable bytes: {@link IllegalArgumentException}.
 */
public final class ProposalCodec {
  private static final int VERSION = 1;

  private ProposalCodec() {}

  /** The proposal as bytes. */
  public static byte[] encode(Proposal p) {
    Out o = new Out();
    o.u8(VERSION).text(p.proposer()).i64(p.life()).i64(p.number()).i64(p.atMillis());
    command(o, p.command());
    return o.done();
  }

  private static void command(Out o, Command command) {
    switch (command) {
      case Command.Found c -> o.u8(1).uuid(c.clusterId()).text(c.server()).i32(c.incarnation());
      case Command.Import c -> {
        o.u8(24);
        StateCodec.write(o, c.parent());
        o.uuid(c.group()).i64(c.end().term()).i64(c.end().index());
        o.text(c.successor()).text(c.evidence());
      }
      case Command.Noop c -> o.u8(3);
      case Command.Admit c -> o.u8(4).text(c.server()).word(c.role()).i32(c.incarnation());
      case Command.Expel c -> o.u8(5).text(c.server());
      case Command.Running c -> o.u8(6).bool(c.running());
      case Command.Leave c -> o.u8(7);
      case Command.PutConfig c -> StateCodec.config(o.u8(8).i64(c.expected()), c.next());
      case Command.ConfigApplied c -> o.u8(9).i64(c.version());
      case Command.SetStartMode c -> o.u8(10).list(c.servers(), o::text).word(c.mode());
      case Command.Suspend c -> o.u8(11).bool(c.on()).text(c.by());
      case Command.BeginBackup c -> {
        o.u8(25).text(c.by()).i64(c.cutId()).i64(c.maxMillis());
        o.map(c.disks(), (disk, server) -> o.text(disk).text(server));
      }
      case Command.BackupStands c -> o.u8(26).i64(c.cutId());
      case Command.EndBackup c -> o.u8(27).i64(c.cutId()).word(c.outcome());
      case Command.ForgetVoid c -> o.u8(28);
      case Command.BeginOffline c -> o.u8(30).text(c.by()).i64(c.cutId());
      case Command.EndOffline c -> o.u8(31).list(c.servers(), o::text);
      case Command.DecideSet c -> StateCodec.record(o.u8(13).text(c.disk()), c.next(), NO_DISK);
      case Command.Force c ->
          o.u8(14).text(c.disk()).text(c.server()).text(c.by()).i64(c.version());
      case Command.Take c -> o.u8(15).text(c.group()).i64(c.epoch()).word(c.why());
      case Command.TakeOver c -> {
        o.u8(16).text(c.group()).i64(c.epoch()).text(c.from()).i64(c.leaseEpoch());
        o.word(c.why());
      }
      case Command.Release c -> {
        o.u8(17).text(c.group()).i64(c.epoch()).bool(c.failed()).maybe(c.next());
        o.word(c.why());
      }
      case Command.Report c -> {
        o.u8(18).text(c.group()).i64(c.epoch()).word(c.phase()).word(c.why());
      }
      case Command.Want c -> o.u8(19).text(c.group()).bool(c.run()).maybe(c.where()).text(c.by());
      case Command.WantResource c ->
          o.u8(22).text(c.group()).text(c.resource()).bool(c.run()).text(c.by());
      case Command.RestMonitors c -> {
        o.u8(23).list(c.servers(), o::text).list(c.monitors(), o::text);
        o.bool(c.rest()).text(c.by());
      }
      case Command.GiveUp c -> o.u8(20).text(c.server()).list(c.groups(), o::uuid).text(c.by());
    }
  }

  /** Records inside commands name their disk beside them. */
  private static final UUID NO_DISK = new UUID(0, 0);

  /** Reads a proposal. */
  public static Proposal decode(byte[] bytes) {
    In in = new In(bytes);
    int version = in.u8();
    if (version != VERSION) {
      throw new IllegalArgumentException("a command of format " + version);
    }
    Proposal p = new Proposal(in.text(), in.i64(), in.i64(), in.i64(), command(in));
    in.end();
    return p;
  }

  private static Command command(In in) {
    int code = in.u8();
    return switch (code) {
      case 1 -> new Command.Found(in.uuid(), in.text(), in.i32());
      case 2, 21, 24 ->
          new Command.Import(
              StateCodec.read(in, code == 2 ? 1 : code == 21 ? 2 : 3),
              in.uuid(),
              new LogPosition(in.i64(), in.i64()),
              in.text(),
              in.text());
      case 3 -> new Command.Noop();
      case 4 -> new Command.Admit(in.text(), in.named(MemberRole.values()), in.i32());
      case 5 -> new Command.Expel(in.text());
      case 6 -> new Command.Running(in.bool());
      case 7 -> new Command.Leave();
      case 8 -> new Command.PutConfig(in.i64(), StateCodec.config(in));
      case 9 -> new Command.ConfigApplied(in.i64());
      case 10 -> new Command.SetStartMode(in.list(in::text), in.named(StartMode.values()));
      case 11 -> new Command.Suspend(in.bool(), in.text());
      case 25 -> new Command.BeginBackup(in.text(), in.i64(), in.i64(), in.map(in::text, in::text));
      case 26 -> new Command.BackupStands(in.i64());
      case 27 -> new Command.EndBackup(in.i64(), in.named(BackupMode.Outcome.values()));
      case 28 -> new Command.ForgetVoid();
      case 30 -> new Command.BeginOffline(in.text(), in.i64());
      case 31 -> new Command.EndOffline(in.list(in::text));
      case 13 -> new Command.DecideSet(in.text(), StateCodec.record(in, NO_DISK));
      case 14 -> new Command.Force(in.text(), in.text(), in.text(), in.i64());
      case 15 -> new Command.Take(in.text(), in.i64(), in.named(Reason.values()));
      case 16 ->
          new Command.TakeOver(in.text(), in.i64(), in.text(), in.i64(), in.named(Reason.values()));
      case 17 ->
          new Command.Release(
              in.text(), in.i64(), in.bool(), in.maybe(), in.named(Reason.values()));
      case 18 ->
          new Command.Report(
              in.text(), in.i64(), in.named(Phase.values()), in.named(Reason.values()));
      case 19 -> new Command.Want(in.text(), in.bool(), in.maybe(), in.text());
      case 22 -> new Command.WantResource(in.text(), in.text(), in.bool(), in.text());
      case 23 ->
          new Command.RestMonitors(in.list(in::text), in.list(in::text), in.bool(), in.text());
      case 20 -> new Command.GiveUp(in.text(), in.list(in::uuid), in.text());
      default -> throw new IllegalArgumentException("command " + code);
    };
  }

  /** A verdict as bytes. */
  public static byte[] encode(Verdict v) {
    Out o = new Out();
    return o.bool(v.taken()).word(v.saying()).list(v.args(), o::text).done();
  }

  /** Reads a verdict. */
  public static Verdict verdict(byte[] bytes) {
    In in = new In(bytes);
    Verdict v = new Verdict(in.bool(), in.named(ClusterNotice.values()), in.list(in::text));
    in.end();
    return v;
  }
}

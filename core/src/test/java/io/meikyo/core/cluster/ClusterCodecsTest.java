// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.consensus.LogPosition;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Proposals, verdicts, heartbeats and states in bytes: what stands there does not change. */
class ClusterCodecsTest {
  private static final HexFormat HEX = HexFormat.of();

  private static List<Command> commands() {
    Sample s = Sample.running();
    TreeMap<String, String> disks = new TreeMap<>();
    disks.put("md", "server1");
    return List.of(
        new Command.Found(Sample.CLUSTER, "server1", 1),
        new Command.Import(s.state, new UUID(9, 9), new LogPosition(2, 40), "server1", "word"),
        new Command.Noop(),
        new Command.Admit("witness1", MemberRole.WITNESS, 2),
        new Command.Expel("server2"),
        new Command.Running(true),
        new Command.Leave(),
        new Command.PutConfig(1, s.state.config()),
        new Command.ConfigApplied(3),
        new Command.SetStartMode(List.of("server1", "server2"), StartMode.MANUAL),
        new Command.Suspend(true, "me"),
        new Command.BeginBackup("me", 7, 60_000, disks),
        new Command.BackupStands(7),
        new Command.EndBackup(7, BackupMode.Outcome.VOID),
        new Command.ForgetVoid(),
        new Command.BeginOffline("me", 8),
        new Command.EndOffline(List.of("server1")),
        new Command.DecideSet("md", s.next(1, 2)),
        new Command.Force("md", "server2", "me", 4),
        new Command.Take("g", 1, Reason.AUTO_START),
        new Command.TakeOver("g", 1, "server1", 2, Reason.SERVER_DOWN),
        new Command.Release("g", 1, true, null, Reason.RESOURCE_FAILED),
        new Command.Report("g", 1, Phase.ONLINE, Reason.STARTED),
        new Command.Want("g", true, "server2", "me"),
        new Command.WantResource("g", "fip1", false, "me"),
        new Command.RestMonitors(List.of("server1"), List.of("fipw1", "mdw1"), true, "me"),
        new Command.GiveUp("server2", List.of(new UUID(9, 9)), "me"));
  }

  @Test
  void everyCommandComesBackAsItWas() {
    List<Command> all = commands();
    assertThat(all.stream().map(Object::getClass).distinct())
        .hasSameSizeAs(Command.class.getPermittedSubclasses());
    for (Command command : all) {
      Proposal p = new Proposal("server1", 3, 4, 5, command);
      byte[] bytes = ProposalCodec.encode(p);
      assertThat(ProposalCodec.decode(bytes)).isEqualTo(p);
      for (int cut = 0; cut < bytes.length; cut += 1 + bytes.length / 50) {
        byte[] part = Arrays.copyOf(bytes, cut);
        assertThatThrownBy(() -> ProposalCodec.decode(part))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void proposalsOfTheFirstFormat() {
    Proposal take = new Proposal("s1", 3, 4, 5, new Command.Take("g", 6, Reason.OPERATOR));
    assertThat(HEX.formatHex(ProposalCodec.encode(take)))
        .isEqualTo(
            "01000000027331"
                + "000000000000000300000000000000040000000000000005"
                + "0f0000000167000000000000000600000008"
                + "4f50455241544f52");
    Proposal release =
        new Proposal("s1", 3, 4, 5, new Command.Release("g", 6, true, "s2", Reason.FAILBACK));
    assertThat(HEX.formatHex(ProposalCodec.encode(release)))
        .isEqualTo(
            "01000000027331"
                + "000000000000000300000000000000040000000000000005"
                + "1100000001670000000000000006010100000002733200000008"
                + "4641494c4241434b");
  }

  @Test
  void verdictsOfTheFirstFormat() {
    Verdict v = Verdict.refused(ClusterNotice.AT_REST, "me");
    byte[] bytes = ProposalCodec.encode(v);
    assertThat(HEX.formatHex(bytes))
        .isEqualTo("0000000007" + "41545f52455354" + "00000001000000026d65");
    assertThat(ProposalCodec.verdict(bytes)).isEqualTo(v);
  }

  @Test
  void heartbeatsOfTheFirstFormat() {
    Heartbeat h =
        new Heartbeat(
            "s1",
            new UUID(1, 2),
            3,
            4,
            Set.of("s2"),
            Set.of(),
            new TreeMap<>(Map.of("s2", 5L)),
            6,
            true);
    byte[] bytes = BeatCodec.encode(h);
    assertThat(HEX.formatHex(bytes))
        .isEqualTo(
            "01000000027331"
                + "00000000000000010000000000000002"
                + "00000000000000030000000000000004"
                + "00000001000000027332"
                + "00000000"
                + "000000010000000273320000000000000005"
                + "000000000000000601");
    assertThat(BeatCodec.beat(bytes)).isEqualTo(h);
    Heartbeat.Answer a = new Heartbeat.Answer("s2", new UUID(1, 2), 3, true);
    byte[] answer = BeatCodec.encode(a);
    assertThat(HEX.formatHex(answer))
        .isEqualTo("01000000027332" + "00000000000000010000000000000002" + "000000000000000301");
    assertThat(BeatCodec.answer(answer)).isEqualTo(a);
  }

  @Test
  void statesComeBackAndDamagedOnesDoNot() {
    Sample s = Sample.running();
    s.by("server2", new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    s.by("server2", new Command.Force("md", "server2", "me", s.record().version()));
    s.by("server2", new Command.WantResource("g", "fip1", false, "me"));
    s.by("server1", new Command.RestMonitors(List.of("server2"), List.of("mdw1"), true, "me"));
    assertThat(s.g().off()).containsExactly("fip1");
    TreeMap<String, String> disks = new TreeMap<>();
    disks.put("md", "server1");
    s.by("server1", new Command.BeginBackup("me", 7, 60_000, disks));
    assertThat(s.state.backup().on()).isTrue();
    byte[] bytes = StateCodec.encode(s.state);
    assertThat(StateCodec.decode(bytes)).isEqualTo(s.state);
    assertThat(HEX.formatHex(bytes, 0, 8)).isEqualTo("4d4b435300000003");
    for (int i = 0; i < bytes.length; i += 7) {
      byte[] bad = bytes.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> StateCodec.decode(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anEmptyState() {
    ClusterState empty = ClusterState.empty(new UUID(1, 2));
    String first = EMPTY;
    String second = EMPTY + "00000000" + "00000000"; // more of groups, of servers
    String third = second + NO_BACKUP + "00000000"; // more of mirror disks
    assertThat(HEX.formatHex(StateCodec.encode(empty))).isEqualTo(whole(3, third));
    assertThat(StateCodec.decode(HEX.parseHex(whole(1, first)))).isEqualTo(empty);
    assertThat(StateCodec.decode(HEX.parseHex(whole(2, second)))).isEqualTo(empty);
  }

  @Test
  void fullStatesOfFormerFormatsAreReadStill() {
    Sample s = Sample.running();
    byte[] bytes = StateCodec.encode(s.state);
    // Behind what the second format had: mirror disk md, with nothing more to say of it.
    String third = "00000001" + "00000002" + "6d64" + "00";
    // Behind what the first had: group g and two servers, likewise.
    String more =
        "00000001"
            + "0000000167"
            + "00000000"
            + "00000000"
            + "00000002"
            + "00000007"
            + "73657276657231"
            + "00000000"
            + "00000007"
            + "73657276657232"
            + "00000000";
    String body = HEX.formatHex(bytes, 12, bytes.length);
    assertThat(body).endsWith(more + NO_BACKUP + third);
    String second = body.substring(0, body.length() - NO_BACKUP.length() - third.length());
    String first = second.substring(0, second.length() - more.length());
    assertThat(StateCodec.decode(HEX.parseHex(whole(1, first)))).isEqualTo(s.state);
    assertThat(StateCodec.decode(HEX.parseHex(whole(2, second)))).isEqualTo(s.state);
    assertThatThrownBy(() -> StateCodec.decode(HEX.parseHex(whole(2, first))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StateCodec.decode(HEX.parseHex(whole(3, second))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StateCodec.decode(HEX.parseHex(whole(4, body))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatRestoredReplicasHaveAskedForIsRememberedAndComesBack() {
    Sample s = Sample.running();
    s.by("server1", new Command.DecideSet("md", s.paired(3)));
    assertThat(s.state.disks().get("md").pairing()).isNotNull();
    assertThat(StateCodec.decode(StateCodec.encode(s.state))).isEqualTo(s.state);
  }

  private static String whole(int version, String body) {
    CRC32C crc = new CRC32C();
    crc.update(HEX.parseHex(body));
    return "4d4b4353" + HEX.toHexDigits(version) + HEX.toHexDigits((int) crc.getValue()) + body;
  }

  private static final String NO_BACKUP =
      "000000034f4646" // stage, by, since
          + "00000000"
          + "0000000000000000"
          + "00000000" // server, life, cut, longest hold
          + "0000000000000000"
          + "0000000000000000"
          + "0000000000000000"
          + "00000000" // mirror disks, start modes
          + "00000000";

  private static final String EMPTY =
      "00".repeat(16)
          + "00000000000000010000000000000002"
          + "00000000"
          + "0000000000000000"
          + "00000000"
          + "0000000000000000" // configuration: version, text, groups, disks, by
          + "00000000"
          + "00000000"
          + "00000000"
          + "00000000"
          + "00" // suspended, by, since
          + "00000000"
          + "0000000000000000"
          + "00" // backup, by, since, holds
          + "00000000"
          + "0000000000000000"
          + "00000000"
          + "00000000" // groups, disks, what was done
          + "00000000"
          + "00000000";
}

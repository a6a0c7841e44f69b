// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Backup mode in the replicated state, and how it ends by itself (rules R11, R12). */
class BackupTest {
  private static final long MS = OneNode.MS;
  private static final long CUT = 77;

  private static Command begin(String server) {
    return new Command.BeginBackup("me", CUT, 60_000, new TreeMap<>(Map.of("md", server)));
  }

  // ---- the rules

  @Test
  void oneCommandRestsEverythingAndOneTakesItBack() {
    Sample s = Sample.running();
    s.by("server1", new Command.SetStartMode(List.of("server2"), StartMode.MANUAL));
    assertThat(s.by("server1", begin("server1")).taken()).isTrue();
    assertThat(s.state.atRest()).isTrue();
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.HELD);
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.HELD);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.BEGINNING);
    assertThat(s.by("server1", new Command.BackupStands(CUT)).taken()).isTrue();
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
    s.by("server2", new Command.EndBackup(CUT, BackupMode.Outcome.GOOD));
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
    assertThat(s.state.atRest()).isFalse();
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.AUTO);
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.MANUAL);
  }

  @Test
  void rule12AtRestNobodyTakesOver() {
    Sample s = Sample.running();
    s.by("server1", begin("server1"));
    Command take = new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN);
    assertThat(s.by("server2", take).saying()).isEqualTo(ClusterNotice.AT_REST);
    s.by("server2", new Command.EndBackup(CUT, BackupMode.Outcome.VOID));
    assertThat(s.by("server2", take).taken()).isTrue();
  }

  @Test
  void whatIsNotStillIsRefusedAndNothingChanges() {
    Sample s = Sample.running();
    assertThat(s.by("server2", begin("server2")).saying())
        .isEqualTo(ClusterNotice.BACKUP_NOT_ACTIVE);
    s.by("server1", new Command.DecideSet("md", s.next(0, 1)));
    assertThat(s.by("server1", begin("server1")).saying())
        .isEqualTo(ClusterNotice.BACKUP_NOT_IN_SYNC);
    s.by("server1", new Command.DecideSet("md", s.next(0, 3)));
    s.by("server2", new Command.Running(false));
    assertThat(s.by("server1", begin("server1")).saying())
        .isEqualTo(ClusterNotice.SERVER_NOT_RUNNING);
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.AUTO);
  }

  @Test
  void asTheFirstOneStandsASecondIsRefused() {
    Sample s = Sample.running();
    s.by("server1", begin("server1"));
    Command second =
        new Command.BeginBackup("you", 78, 1000, new TreeMap<>(Map.of("md", "server1")));
    assertThat(s.by("server1", second).saying()).isEqualTo(ClusterNotice.BACKUP_ON);
    assertThat(s.by("server1", begin("server1")).taken()).isTrue();
    Command mode = new Command.SetStartMode(List.of("server1"), StartMode.AUTO);
    assertThat(s.by("server1", mode).saying()).isEqualTo(ClusterNotice.BACKUP_ON);
  }

  @Test
  void aVoidOneIsRememberedUntilItIsHeardOrTheNextBegins() {
    Sample s = Sample.running();
    s.by("server1", begin("server1"));
    s.by("server1", new Command.EndBackup(CUT, BackupMode.Outcome.VOID));
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
    assertThat(s.state.atRest()).isFalse();
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.AUTO);
    // A late word about it changes nothing.
    s.by("server1", new Command.EndBackup(CUT, BackupMode.Outcome.GOOD));
    assertThat(s.by("server1", new Command.BackupStands(CUT)).saying())
        .isEqualTo(ClusterNotice.BACKUP_OVER);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
    s.by("server1", new Command.ForgetVoid());
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
  }

  // ---- servers that are shut down for it

  private static Sample stopped() {
    Sample s = Sample.running();
    s.by("server1", new Command.SetStartMode(List.of("server2"), StartMode.MANUAL));
    s.by("server1", new Command.DecideSet("md", s.next(-1, 3)));
    s.by("server1", new Command.Release("g", s.g().epoch(), false, null, Reason.OPERATOR));
    s.by("server1", new Command.Running(false));
    s.by("server2", new Command.Running(false));
    return s;
  }

  @Test
  void eachServerHasItsOwnEnd() {
    Sample s = stopped();
    assertThat(s.by("server1", new Command.BeginOffline("me", CUT)).taken()).isTrue();
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.OFFLINE);
    assertThat(s.state.atRest()).as("nothing of it rests what is started by hand").isFalse();
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.HELD);
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.HELD);
    assertThat(s.by("server1", new Command.BeginOffline("me", CUT)).taken()).isTrue();
    assertThat(s.by("server2", new Command.BeginOffline("me", CUT + 1)).saying())
        .isEqualTo(ClusterNotice.BACKUP_ON);
    assertThat(s.by("server1", begin("server1")).saying()).isEqualTo(ClusterNotice.BACKUP_ON);

    s.by("server1", new Command.EndOffline(List.of("server1")));
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.AUTO);
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.HELD);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.OFFLINE);
    s.by("server1", new Command.EndOffline(List.of("server1", "server2")));
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.MANUAL);
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
  }

  @Test
  void whileSomethingRunsOrIsBehindNoServerIsShutDownForIt() {
    Sample s = stopped();
    s.by("server2", new Command.Running(true));
    assertThat(s.by("server1", new Command.BeginOffline("me", CUT)).saying())
        .isEqualTo(ClusterNotice.BACKUP_SERVER_RUNS);
    Sample t = Sample.running();
    t.by("server1", new Command.DecideSet("md", t.next(0, 1)));
    t.by("server1", new Command.DecideSet("md", t.next(-1, 1)));
    t.by("server1", new Command.Release("g", t.g().epoch(), false, null, Reason.OPERATOR));
    t.by("server1", new Command.Running(false));
    t.by("server2", new Command.Running(false));
    assertThat(t.by("server1", new Command.BeginOffline("me", CUT)).saying())
        .isEqualTo(ClusterNotice.BACKUP_NOT_IN_SYNC);
  }

  @Test
  void whatWasBegunIsTakenBackOrOverruled() {
    Sample s = stopped();
    s.by("server1", new Command.BeginOffline("me", CUT));
    s.by("server2", new Command.EndBackup(CUT, BackupMode.Outcome.UNDONE));
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
    assertThat(s.state.server("server1").startMode()).isEqualTo(StartMode.AUTO);
    s.by("server1", new Command.BeginOffline("me", CUT));
    s.by("server1", new Command.SetStartMode(List.of("server1", "server2"), StartMode.AUTO));
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
    assertThat(s.state.server("server2").startMode()).isEqualTo(StartMode.AUTO);
  }

  /** Nobody can say its end there: the others' ends end all. */
  @Test
  void aServerThatIsNoMemberAnyMoreIsNotWaitedFor() {
    Sample s = stopped();
    s.by("server1", new Command.Admit("server9", MemberRole.SERVER, 1));
    s.by("server1", new Command.BeginOffline("me", CUT));
    assertThat(s.state.server("server9").startMode()).isEqualTo(StartMode.HELD);
    s.by("server1", new Command.Expel("server9"));
    assertThat(s.state.backup().modes()).containsOnlyKeys("server1", "server2");
    s.by("server1", new Command.EndOffline(List.of("server1", "server2")));
    assertThat(s.state.backup()).isEqualTo(BackupMode.OFF);
  }

  /** The cluster has decided while this server was down, or had not heard of it. */
  @Test
  void rule14AServerThatWasNotToldStartsNothingEither() {
    Sample s = stopped();
    s.by("server2", new Command.BeginOffline("me", CUT));
    OneNode booted = new OneNode(s);
    booted.configured(1, Sample.config());
    booted.pass(5000);
    assertThat(s.state.server("server1").running()).isFalse();
    assertThat(booted.said(NodeNotice.STAYS_STOPPED)).isTrue();
    s.by("server2", new Command.EndOffline(List.of("server1")));
    booted.applied();
    booted.pass(5000);
    assertThat(s.state.server("server1").running()).as("its end is followed by a boot").isFalse();
    booted.tell(new NodeEvent.Serve(1, true));
    booted.pass(1000);
    assertThat(s.state.server("server1").running()).isTrue();
  }

  @Test
  void whoIsToldToRunWhileItsImageIsTakenDoes() {
    Sample s = stopped();
    s.by("server2", new Command.BeginOffline("me", CUT));
    OneNode byHand = new OneNode(s);
    byHand.tell(new NodeEvent.Serve(1, true));
    byHand.configured(1, Sample.config());
    byHand.pass(1000);
    assertThat(s.state.server("server1").running()).isTrue();

    Sample t = stopped();
    t.by("server2", new Command.BeginOffline("me", CUT));
    ClusterNode restored =
        new ClusterNode(
            "server1",
            MemberRole.SERVER,
            Sample.GROUP,
            new Pulse.Times(200 * MS, 600 * MS, 2000 * MS, 2000 * MS, 1000 * MS),
            OneNode.FENCING,
            true,
            0);
    restored.toldToRun();
    OneNode booted = new OneNode(t, restored);
    booted.configured(1, Sample.config());
    booted.pass(1000);
    assertThat(t.state.server("server1").running()).as("by a word for this boot").isTrue();
  }

  /** The group is stopped, so nobody owns the disk: for the cut, and only for it, one may lead. */
  @Test
  void law4WhoShutsDownMayLeadForTheCut() {
    Sample s = stopped();
    Command lead = new Command.DecideSet("md", s.next(0, 3));
    assertThat(s.by("server1", lead).saying()).isEqualTo(ClusterNotice.SET_NOT_OWNER);
    s.by("server1", new Command.BeginOffline("me", CUT));
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 3))).saying())
        .isEqualTo(ClusterNotice.SET_NOT_OWNER);
    s.by("server2", new Command.Running(true));
    assertThat(s.by("server1", new Command.DecideSet("md", s.next(0, 3))).saying())
        .isEqualTo(ClusterNotice.SET_NOT_OWNER);
    s.by("server2", new Command.Running(false));
    assertThat(s.by("server1", new Command.DecideSet("md", s.next(0, 3))).taken()).isTrue();
  }

  // ---- the watch

  private final OneNode one = new OneNode();

  private void still(boolean held, boolean flag, long cut, boolean isVoid, long at) {
    NodeEvent.Agent.Still still = new NodeEvent.Agent.Still(held, flag, cut, isVoid);
    one.tell(
        new NodeEvent.Agent(
            at, true, 0, Set.of(), Map.of("md", new NodeEvent.Agent.DiskView(true, true, still))));
  }

  private void stands() {
    one.other = true;
    one.node.life(1);
    one.configured(1, Sample.config());
    one.tell(new NodeEvent.Carries(CUT));
    one.says(begin("server1"));
    still(true, true, CUT, false, 900 * MS);
    one.pass(500);
    assertThat(one.says(new Command.BackupStands(CUT)).taken()).isTrue();
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
  }

  @Test
  void rule12AHoldThatEndedBeforeItsTimeEndsBackupModeByItself() {
    stands();
    still(true, true, CUT, false, 2500 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().on()).isTrue();
    still(false, false, CUT, true, 3000 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
    assertThat(one.said(NodeNotice.BACKUP_VOID)).isTrue();
  }

  @Test
  void rule12AServerThatIsBeingStoppedStillSaysThatItsHoldHasEnded() {
    stands();
    one.stopsWell = false;
    one.tell(new NodeEvent.Serve(7, false));
    one.pass(1000);
    assertThat(one.cluster.state.server("server1").running()).isTrue();
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
    still(false, false, CUT, true, 3500 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
  }

  @Test
  void aFlagThatIsLeftFromAFormerLifeOfTheAgentIsNoGoodEnd() {
    stands();
    still(false, true, CUT, false, 3000 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
  }

  @Test
  void whoReleasesItByWordSaysItselfHowItEnded() {
    stands();
    still(false, false, CUT, false, 3000 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
    one.pass(91_000);
    still(false, false, CUT, false, 94_000 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup()).isEqualTo(BackupMode.OFF);
  }

  @Test
  void whatTheAgentSaidBeforeItStoodDoesNotCount() {
    one.other = true;
    one.node.life(1);
    one.configured(1, Sample.config());
    still(false, false, 0, false, 100 * MS);
    one.tell(new NodeEvent.Carries(CUT));
    one.says(begin("server1"));
    one.says(new Command.BackupStands(CUT));
    one.pass(500);
    assertThat(one.cluster.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
  }

  @Test
  void oneThatADeadLifeBeganAndNobodyHoldsIsUndone() {
    one.other = true;
    one.node.life(2);
    one.configured(1, Sample.config());
    one.says(begin("server1"));
    still(true, true, CUT, false, 2500 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().on()).isTrue();
    still(false, false, CUT, true, 3000 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup()).isEqualTo(BackupMode.OFF);
  }

  @Test
  void oneThatNobodyCarriesAnyMoreIsUndone() {
    one.other = true;
    one.node.life(1);
    one.configured(1, Sample.config());
    one.tell(new NodeEvent.Carries(CUT));
    one.says(begin("server1"));
    one.pass(2000);
    still(false, false, 0, false, 2500 * MS);
    one.pass(500);
    assertThat(one.cluster.state.backup().on()).isTrue();
    one.tell(new NodeEvent.Carries(0));
    one.pass(500);
    assertThat(one.cluster.state.backup()).isEqualTo(BackupMode.OFF);
  }

  @Test
  void aHolderThatDiesEndsIt() {
    Sample s = Sample.runningOn2();
    OneNode node = new OneNode(s);
    node.other = true;
    node.configured(1, Sample.config());
    s.by("server2", begin("server2"));
    s.by("server2", new Command.BackupStands(CUT));
    node.applied();
    node.pass(2000);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
    node.other = false;
    node.pass(10_000);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.VOID);
  }

  @Test
  void aServerBootedInBackupModeStartsNothingAndSaysNothingUntilItIsOver() {
    Sample s = Sample.running();
    s.by("server1", begin("server1"));
    s.by("server1", new Command.BackupStands(CUT));
    s.by("server1", new Command.Release("g", s.g().epoch(), false, null, Reason.SERVER_STOPS));
    s.by("server1", new Command.Running(false));
    ClusterNode node =
        new ClusterNode(
            "server1",
            MemberRole.SERVER,
            Sample.GROUP,
            new Pulse.Times(200 * MS, 600 * MS, 2000 * MS, 2000 * MS, 1000 * MS),
            OneNode.FENCING,
            false,
            0);
    node.heldByBackup();
    OneNode booted = new OneNode(s, node);
    booted.configured(1, Sample.config());
    booted.pass(120_000);
    assertThat(s.state.backup().stage()).isEqualTo(BackupMode.Stage.STANDS);
    assertThat(s.state.server("server1").running()).isFalse();
    s.by("server2", new Command.EndBackup(CUT, BackupMode.Outcome.VOID));
    booted.applied();
    booted.pass(1000);
    assertThat(s.state.server("server1").running()).isTrue();
    assertThat(booted.said(NodeNotice.STARTS_AFTER_BACKUP)).isTrue();
  }
}

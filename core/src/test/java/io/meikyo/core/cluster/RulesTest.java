// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.CutStatus;
import org.junit.jupiter.api.Test;

/**
 * The rules of the replicated state; every proposal and state goes through its bytes on the way.
 */
class RulesTest {

  @Test
  void law4OnlyAnInSyncReplicaIsPromoted() {
    Sample s = Sample.running();
    s.by("server1", new Command.DecideSet("md", s.next(0, 1)));
    assertThat(s.last.taken()).isTrue();
    long lease = s.state.server("server1").leaseEpoch();
    Command.TakeOver late =
        new Command.TakeOver("g", s.g().epoch(), "server1", lease, Reason.SERVER_DOWN);
    assertThat(s.by("server2", late).saying()).isEqualTo(ClusterNotice.GROUP_NOT_IN_SYNC);
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).taken()).isFalse();
    assertThat(s.g().owner()).isEqualTo("server1");
    assertThat(s.record().active()).isZero();
  }

  @Test
  void theOperatorsWordPromotesOnceAndOnlyFromTheVersionThatHeSaw() {
    Sample s = Sample.running();
    s.by("server1", new Command.DecideSet("md", s.next(0, 1)));
    long seen = s.record().version();
    assertThat(s.by("server1", new Command.Force("md", "server2", "me", seen - 1)).taken())
        .isFalse();
    s.by("server1", new Command.Force("md", "server2", "me", seen));
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).taken()).isTrue();
    assertThat(s.state.disks().get("md").forced()).isNull();
  }

  /** Activated by the word and given back at once: the group is for that server, and no other. */
  @Test
  void afterTheWordTheGroupIsTakenThereAndNowhereElse() {
    Sample s = Sample.running();
    s.by("server1", new Command.DecideSet("md", s.next(-1, 3)));
    s.by("server1", new Command.Release("g", s.g().epoch(), false, null, Reason.OPERATOR));
    assertThat(s.g().owner()).isNull();
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).saying())
        .as("nobody owns the group, and there is no word")
        .isEqualTo(ClusterNotice.SET_NOT_OWNER);
    s.by("server2", new Command.Force("md", "server2", "me", s.record().version()));
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).taken()).isTrue();
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(-1, 2))).taken()).isTrue();
    assertThat(s.by("server1", new Command.Take("g", s.g().epoch(), Reason.OPERATOR)).saying())
        .isEqualTo(ClusterNotice.GROUP_NOT_IN_SYNC);
    assertThat(s.by("server2", new Command.Take("g", s.g().epoch(), Reason.OPERATOR)).taken())
        .isTrue();
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).taken()).isTrue();
  }

  @Test
  void law2WhoTakesOverEndsTheLeasesOfTheFormerOwner() {
    Sample s = Sample.running();
    long epoch = s.g().epoch();
    s.by("server2", new Command.TakeOver("g", epoch, "server1", 0, Reason.SERVER_DOWN));
    assertThat(s.g().owner()).isEqualTo("server2");
    assertThat(s.g().epoch()).isEqualTo(epoch + 1);
    assertThat(s.state.server("server1").leaseEpoch()).isEqualTo(1);
    assertThat(s.g().deposed()).containsExactly(java.util.Map.entry("server1", 0L));
    // What the former owner still wants is refused: it is of an older epoch.
    assertThat(
            s.by("server1", new Command.Report("g", epoch, Phase.ONLINE, Reason.STARTED)).taken())
        .isFalse();
  }

  @Test
  void aDeposedActiveDoesNotWriteTheNewOwnerOutOfTheSet() {
    Sample s = Sample.running();
    s.by("server2", new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    assertThat(s.by("server1", new Command.DecideSet("md", s.next(0, 1))).saying())
        .isEqualTo(ClusterNotice.SET_NOT_OWNER);
    assertThat(s.by("server2", new Command.DecideSet("md", s.next(1, 2))).taken()).isTrue();
  }

  @Test
  void twoThatTakeTheSameGroupHaveOneWinner() {
    Sample s = Sample.cluster();
    long epoch = s.g().epoch();
    assertThat(s.by("server1", new Command.Take("g", epoch, Reason.AUTO_START)).taken()).isTrue();
    assertThat(s.by("server2", new Command.Take("g", epoch, Reason.AUTO_START)).taken()).isFalse();
    assertThat(s.g().owner()).isEqualTo("server1");
  }

  @Test
  void aCommandThatIsAppliedTwiceIsDoneOnce() {
    Sample s = Sample.cluster();
    Proposal p = new Proposal("server1", 1, 999, 0, new Command.Suspend(true, "me"));
    assertThat(s.put(p).taken()).isTrue();
    s.by("server1", new Command.Suspend(false, "me"));
    long version = s.state.version();
    assertThat(s.put(p).taken()).isTrue();
    assertThat(s.state.suspension().on()).isFalse();
    assertThat(s.state.version()).isEqualTo(version);
  }

  @Test
  void aCommandOfAFormerLifeIsRefused() {
    Sample s = Sample.cluster();
    s.put(new Proposal("server1", 2, 1, 0, new Command.Noop()));
    Verdict late = s.put(new Proposal("server1", 1, 5000, 0, new Command.Suspend(true, "me")));
    assertThat(late.saying()).isEqualTo(ClusterNotice.FORMER_LIFE);
    assertThat(s.state.suspension().on()).isFalse();
  }

  @Test
  void aCommandThatComesAfterItsVerdictWasForgottenIsNotDoneAgain() {
    Sample s = Sample.cluster();
    Proposal p = new Proposal("server1", 1, 50, 0, new Command.Suspend(true, "me"));
    assertThat(s.put(p).taken()).isTrue();
    s.by("server1", new Command.Suspend(false, "me"));
    for (long n = 1000; n < 1000 + Done.KEPT; n++) {
      s.put(new Proposal("server1", 1, n, 0, new Command.Noop()));
    }
    assertThat(s.put(p).saying()).isEqualTo(ClusterNotice.TOO_OLD);
    assertThat(s.state.suspension().on()).isFalse();
  }

  @Test
  void whoIsDeposedIsRememberedUntilTheGroupRuns() {
    Sample s = Sample.running();
    s.by("server2", new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    s.by("server2", new Command.Release("g", s.g().epoch(), false, null, Reason.OPERATOR));
    assertThat(s.g().deposed()).containsOnlyKeys("server1");
    s.by("server2", new Command.Take("g", s.g().epoch(), Reason.OPERATOR));
    assertThat(s.g().deposed()).containsOnlyKeys("server1");
    s.by("server2", new Command.Report("g", s.g().epoch(), Phase.ONLINE, Reason.STARTED));
    assertThat(s.g().deposed()).isEmpty();
  }

  @Test
  void anOwnerThatTakesItsGroupAnewMakesWhatItSaidBeforeWorthNothing() {
    Sample s = Sample.running();
    long before = s.g().epoch();
    s.by("server1", new Command.Suspend(true, "me"));
    assertThat(s.by("server1", new Command.Take("g", before, Reason.STARTED)).taken()).isTrue();
    Command.Release late = new Command.Release("g", before, false, null, Reason.OPERATOR);
    assertThat(s.by("server1", late).taken()).isFalse();
    assertThat(s.g().owner()).isEqualTo("server1");
  }

  @Test
  void ruleR12AtRestAGroupIsGivenBackByWordOnly() {
    Sample s = Sample.running();
    s.by("server1", new Command.Suspend(true, "me"));
    long epoch = s.g().epoch();
    Command.Release failed = new Command.Release("g", epoch, true, null, Reason.RESOURCE_FAILED);
    assertThat(s.by("server1", failed).saying()).isEqualTo(ClusterNotice.AT_REST);
    Command.Release stops = new Command.Release("g", epoch, false, null, Reason.SERVER_STOPS);
    assertThat(s.by("server1", stops).taken()).isTrue();
  }

  @Test
  void ruleR12AtRestNothingIsTakenByItself() {
    Sample s = Sample.running();
    s.by("server1", new Command.Suspend(true, "me"));
    Command.TakeOver over =
        new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN);
    assertThat(s.by("server2", over).saying()).isEqualTo(ClusterNotice.AT_REST);
    // The in-sync set goes on.
    assertThat(s.by("server1", new Command.DecideSet("md", s.next(0, 1))).taken()).isTrue();
  }

  @Test
  void aSetChangeForAnOlderVersionComesTooLate() {
    Sample s = Sample.running();
    var late = s.next(0, 1);
    s.by("server1", new Command.DecideSet("md", s.next(0, 3)));
    assertThat(s.by("server1", new Command.DecideSet("md", late)).saying())
        .isEqualTo(ClusterNotice.SET_OVERTAKEN);
  }

  @Test
  void nothingIsTakenBeforeTheClusterIsFoundedAndAServerThatOwnsAGroupDoesNotLeave() {
    Sample none = new Sample();
    assertThat(none.by("server1", new Command.Suspend(true, "me")).saying())
        .isEqualTo(ClusterNotice.NOT_FOUNDED);
    Sample s = Sample.running();
    assertThat(s.by("server1", new Command.Leave()).saying()).isEqualTo(ClusterNotice.OWNS_GROUPS);
  }

  @Test
  void aSuccessorTakesItsParentsStateAndGivesMirrorDisksItsOwnNumber() {
    Sample parent = Sample.running();
    java.util.UUID group = new java.util.UUID(9, 9);
    Sample child = new Sample();
    child.state = ClusterState.empty(group);
    Command.Import imported =
        new Command.Import(
            parent.state,
            group,
            new io.meikyo.core.consensus.LogPosition(2, 40),
            "server1",
            "operator");
    assertThat(child.by("server1", new Command.Noop()).taken()).isFalse();
    assertThat(child.by("server1", imported).taken()).isTrue();
    assertThat(child.state.lineage().getLast().group()).isEqualTo(Sample.GROUP);
    assertThat(child.g().owner()).isEqualTo("server1");
    assertThat(child.record().groupId()).isEqualTo(ClusterState.authority(group));
    assertThat(child.record().version()).isEqualTo(parent.record().version());
    assertThat(child.by("server1", imported).taken()).isTrue();
    assertThat(child.state.lineage()).hasSize(1);
  }

  @Test
  void whoseLeaseIsStillWaitedForIsNotExpelled() {
    Sample s = Sample.running();
    s.by("server2", new Command.TakeOver("g", s.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    assertThat(s.by("server2", new Command.Expel("server1")).saying())
        .isEqualTo(ClusterNotice.LEASE_OPEN);
    s.by("server2", new Command.Report("g", s.g().epoch(), Phase.ONLINE, Reason.STARTED));
    assertThat(s.by("server2", new Command.Expel("server1")).taken()).isTrue();
    assertThat(s.state.server("server1")).isNull();
    assertThat(s.by("server2", new Command.Expel("server1")).saying())
        .isEqualTo(ClusterNotice.UNKNOWN_SERVER);
  }

  @Test
  void monitorsRestOnKnownServersOnly() {
    Sample s = Sample.running();
    java.util.List<String> both = java.util.List.of("server1", "server2");
    s.by("server1", new Command.RestMonitors(both, java.util.List.of("a", "b"), true, "me"));
    s.by("server1", new Command.RestMonitors(both, java.util.List.of("a"), false, "me"));
    assertThat(s.state.servers().get("server2").quiet()).containsExactly("b");
    java.util.List<String> wrong = java.util.List.of("server1", "server9");
    assertThat(
            s.by("server1", new Command.RestMonitors(wrong, java.util.List.of("c"), true, "me"))
                .saying())
        .isEqualTo(ClusterNotice.UNKNOWN_SERVER);
    assertThat(s.state.servers().get("server1").quiet()).containsExactly("b");
  }

  @Test
  void ruleR13RestoredReplicasComeInSyncWhenEachHasAskedForIt() {
    Sample s = Sample.running();
    SetRecord pair = s.paired(3);
    Verdict first = s.by("server1", new Command.DecideSet("md", pair));
    assertThat(first.saying()).isEqualTo(ClusterNotice.SET_WAITS_FOR_OTHERS);
    assertThat(s.record().active()).isEqualTo(0);
    assertThat(s.by("server1", new Command.DecideSet("md", pair)).saying())
        .as("the same one twice is one word")
        .isEqualTo(ClusterNotice.SET_WAITS_FOR_OTHERS);
    assertThat(s.by("server2", new Command.DecideSet("md", pair)).saying())
        .isEqualTo(ClusterNotice.DONE);
    assertThat(s.record()).isEqualTo(pair);
    assertThat(s.state.disks().get("md").pairing()).isNull();
    assertThat(s.by("server1", new Command.DecideSet("md", pair)).taken())
        .as("found decided")
        .isTrue();
  }

  @Test
  void ruleR13WordsForDifferentImagesDoNotAddUp() {
    Sample s = Sample.running();
    SetRecord one = s.paired(3);
    SetRecord now = s.record();
    SetRecord other =
        new SetRecord(
            now.groupId(),
            one.version(),
            one.epoch(),
            -1,
            3,
            one.generation(),
            now.stamps(),
            one.proposalId(),
            0,
            98,
            CutStatus.PROVEN);
    s.by("server1", new Command.DecideSet("md", one));
    assertThat(s.by("server2", new Command.DecideSet("md", other)).saying())
        .isEqualTo(ClusterNotice.SET_WAITS_FOR_OTHERS);
    assertThat(s.record()).isEqualTo(now);
    // The newest counts: the first one's word must be given again.
    assertThat(s.by("server2", new Command.DecideSet("md", one)).saying())
        .isEqualTo(ClusterNotice.SET_WAITS_FOR_OTHERS);
    s.by("server1", new Command.DecideSet("md", one));
    assertThat(s.record()).isEqualTo(one);
  }

  @Test
  void ruleR13APairIsAllReplicasOfTheDiskAndComesFromOneOfThem() {
    Sample s = Sample.running();
    assertThat(s.by("server1", new Command.DecideSet("md", s.paired(1))).saying())
        .isEqualTo(ClusterNotice.SET_NOT_ACTIVE);
    assertThat(s.by("server3", new Command.DecideSet("md", s.paired(3))).saying())
        .isEqualTo(ClusterNotice.SET_NOT_ACTIVE);
    SetRecord late = s.paired(3);
    s.by("server2", new Command.DecideSet("md", late));
    s.by("server1", new Command.DecideSet("md", s.next(0, 1)));
    assertThat(s.by("server1", new Command.DecideSet("md", late)).saying())
        .as("somebody went on meanwhile")
        .isEqualTo(ClusterNotice.SET_OVERTAKEN);
    assertThat(s.state.disks().get("md").pairing()).isNull();
  }
}

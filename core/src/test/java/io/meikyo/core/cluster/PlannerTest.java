// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Mode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What one server does about a group, row by row, and the reason that it gives. */
class PlannerTest {
  private static final long SECOND = Sample.SECOND;

  /** How the world looks, with everything in order unless a row says otherwise. */
  private static final class Row {
    final Sample s;
    String self = "server1";
    boolean fresh = true;
    boolean leased = true;
    boolean boots = true;
    long now = 100 * SECOND;
    final Map<String, Health> health =
        new HashMap<>(Map.of("server1", Health.UP, "server2", Health.UP));
    GroupRunner.State here = GroupRunner.State.STOPPED;
    boolean over;
    final Map<String, Long> failedAt = new HashMap<>();
    final Set<String> releasing = new HashSet<>();
    final Set<String> images = new HashSet<>();
    final Map<String, Long> waitingSince = new HashMap<>();
    long wallMillis = 100_000;
    List<String> waitFor = List.of();
    Mode failover = Mode.AUTO;
    Mode failback = Mode.MANUAL;

    Row(Sample s) {
      this.s = s;
    }

    Row on(String server) {
      self = server;
      return this;
    }

    Row here(GroupRunner.State state) {
      here = state;
      return this;
    }

    Row sees(String server, Health as) {
      health.put(server, as);
      return this;
    }

    Decision decides() {
      Outlook outlook =
          new Outlook(
              self,
              now,
              0,
              fresh,
              leased,
              health,
              Map.of("g", here),
              Map.of("g", over),
              failedAt,
              releasing,
              Map.of("g", "app"),
              waitingSince,
              images,
              wallMillis,
              boots);
      ClusterConfig config = config(failover, failback, waitFor);
      List<Decision> all = Planner.plan(s.state, config, outlook);
      assertThat(all).hasSize(1);
      return all.getFirst();
    }

    void rests(PlanNotice why) {
      Decision d = decides();
      assertThat(d.step()).isInstanceOf(Decision.Step.Rest.class);
      assertThat(d.because().code()).isEqualTo(why.key());
    }

    void proposes(Command command, PlanNotice why) {
      Decision d = decides();
      assertThat(d.step()).isEqualTo(new Decision.Step.Propose(command));
      assertThat(d.because().code()).isEqualTo(why.key());
    }

    void does(Decision.Step step, PlanNotice why) {
      Decision d = decides();
      assertThat(d.step()).isEqualTo(step);
      assertThat(d.because().code()).isEqualTo(why.key());
    }
  }

  private static ClusterConfig config(Mode failover, Mode failback, List<String> waitFor) {
    Group plain = Sample.group(Sample.resource("app"));
    Group group =
        new Group(
            plain.name(),
            plain.startup(),
            failover,
            failback,
            plain.servers(),
            plain.failoverLimit(),
            plain.failoverWindow(),
            waitFor,
            plain.waitTimeout(),
            plain.exclusiveWith(),
            plain.resources());
    return Sample.config(group);
  }

  private static Row free() {
    return new Row(Sample.cluster());
  }

  private static Row owned() {
    return new Row(Sample.running());
  }

  @Test
  void nothingIsDoneByOldKnowledge() {
    Row r = free();
    r.fresh = false;
    r.rests(PlanNotice.CATCHING_UP);
  }

  @Test
  void aFreeGroupIsTakenByTheBestServer() {
    free().proposes(new Command.Take("g", 0, Reason.CONFIGURED), PlanNotice.TAKES);
    free().on("server2").rests(PlanNotice.OTHER_TAKES);
  }

  /** Rule R13: until the restore is finished nobody leads, whoever owned the group before. */
  @Test
  void aRestoredImageKeepsItsGroupFromStarting() {
    Row free = free();
    free.images.add("g");
    free.rests(PlanNotice.IMAGE_WAITS);
    Row owned = new Row(Sample.running());
    owned.images.add("g");
    owned.rests(PlanNotice.IMAGE_WAITS);
    owned.images.clear();
    owned.does(new Decision.Step.Start(), PlanNotice.STARTS_HERE);
    Row other = new Row(Sample.running()).on("server2").sees("server1", Health.DOWN);
    other.images.add("g");
    assertThat(other.decides().step()).isInstanceOf(Decision.Step.Rest.class);
  }

  @Test
  void aBetterServerThatMayStillBootIsWaitedFor() {
    Row r = free().on("server2").sees("server1", Health.NEVER_SEEN);
    r.now = 2 * SECOND;
    r.rests(PlanNotice.WAITS_FOR_SERVER);
    r.now = 100 * SECOND;
    r.proposes(new Command.Take("g", 0, Reason.CONFIGURED), PlanNotice.TAKES);
  }

  @Test
  void withoutALeaseNothingIsTaken() {
    Row r = free();
    r.leased = false;
    assertThat(r.decides().step()).isInstanceOf(Decision.Step.Rest.class);
  }

  @Test
  void atRestAFreeGroupIsTakenByWordOnly() {
    Row r = free();
    r.s.by("server1", new Command.Suspend(true, "me"));
    r.rests(PlanNotice.AT_REST);
    r.s.by("server1", new Command.Want("g", true, null, "me"));
    r.proposes(new Command.Take("g", 0, Reason.OPERATOR), PlanNotice.TAKES);
  }

  @Test
  void whatIsOwnedIsStartedAndReported() {
    Row r = owned();
    r.does(new Decision.Step.Start(), PlanNotice.STARTS_HERE);
    r.here(GroupRunner.State.RUNNING)
        .proposes(new Command.Report("g", 1, Phase.ONLINE, Reason.STARTED), PlanNotice.RUNS_HERE);
  }

  @Test
  void withoutALeaseAnOwnerWaits() {
    Row r = owned();
    r.leased = false;
    r.rests(PlanNotice.WAITS_FOR_LEASE);
    r.here(GroupRunner.State.RUNNING).rests(PlanNotice.LEASE_LOST);
  }

  @Test
  void whatWasOfferedIsTakenAnewBeforeItStarts() {
    Row r = owned();
    r.releasing.add("g");
    r.proposes(new Command.Take("g", 1, Reason.AUTO_START), PlanNotice.TAKES);
  }

  @Test
  void aMoveStopsThenGivesBack() {
    Row r = owned();
    r.s.by("server1", new Command.Want("g", true, "server2", "me"));
    r.here(GroupRunner.State.RUNNING).does(new Decision.Step.Stop(), PlanNotice.MOVES);
    r.here(GroupRunner.State.STOPPING)
        .proposes(new Command.Report("g", 1, Phase.STOPPING, Reason.OPERATOR), PlanNotice.MOVES);
    r.here(GroupRunner.State.STOPPED)
        .proposes(
            new Command.Release("g", 1, false, "server2", Reason.OPERATOR), PlanNotice.GIVES_BACK);
  }

  @Test
  void aMoveToASilentServerWaits() {
    Row r = owned().sees("server2", Health.DOWN).here(GroupRunner.State.RUNNING);
    r.s.by("server1", new Command.Want("g", true, "server2", "me"));
    r.rests(PlanNotice.MOVE_WAITS);
  }

  @Test
  void aFailbackThatHasStoppedTheGroupGoesOn() {
    Row r = new Row(Sample.runningOn2()).on("server2");
    r.failback = Mode.AUTO;
    r.here(GroupRunner.State.RUNNING).does(new Decision.Step.Stop(), PlanNotice.FAILS_BACK);
    assertThat(r.here(GroupRunner.State.STOPPING).decides().because().code())
        .isEqualTo(PlanNotice.FAILS_BACK.key());
    r.here(GroupRunner.State.STOPPED)
        .proposes(
            new Command.Release("g", r.s.g().epoch(), false, "server1", Reason.FAILBACK),
            PlanNotice.GIVES_BACK);
  }

  @Test
  void aSilentOwnerIsReplacedOnlyIfNobodyHearsHim() {
    Row r = owned().on("server2");
    r.rests(PlanNotice.RUNS_ELSEWHERE);
    r.sees("server1", Health.UNKNOWN).rests(PlanNotice.OWNER_SUSPECTED);
    r.sees("server1", Health.SERVICE_SILENT).rests(PlanNotice.OWNER_SERVICE_SILENT);
    r.sees("server1", Health.CUT_OFF).rests(PlanNotice.OWNER_CUT_OFF);
    r.sees("server1", Health.DOWN)
        .proposes(
            new Command.TakeOver("g", 1, "server1", 0, Reason.SERVER_DOWN), PlanNotice.TAKES_OVER);
  }

  @Test
  void aTakeoverNeedsAutomaticFailoverAndNoRest() {
    Row r = owned().on("server2").sees("server1", Health.DOWN);
    r.failover = Mode.MANUAL;
    r.rests(PlanNotice.OWNER_GONE_MANUAL);
    r.s.by("server2", new Command.Suspend(true, "me"));
    r.rests(PlanNotice.AT_REST);
  }

  @Test
  void whoIsNotInSyncDoesNotTakeOver() {
    Row r = owned().on("server2").sees("server1", Health.DOWN);
    r.s.by("server1", new Command.DecideSet("md", r.s.next(0, 1)));
    r.rests(PlanNotice.OWNER_GONE_NOT_IN_SYNC);
  }

  @Test
  void theNewOwnerWaitsUntilTheOldLeaseIsOver() {
    Row r = owned().on("server2").sees("server1", Health.DOWN);
    r.s.by("server2", new Command.TakeOver("g", 1, "server1", 0, Reason.SERVER_DOWN));
    r.rests(PlanNotice.WAITS_FOR_LEASE_END);
    r.over = true;
    r.does(new Decision.Step.Start(), PlanNotice.STARTS_HERE);
  }

  @Test
  void whatRunsWhereItIsNotOwnedIsTakenDown() {
    owned()
        .on("server2")
        .here(GroupRunner.State.RUNNING)
        .does(new Decision.Step.Fence(), PlanNotice.DEPOSED);
  }

  @Test
  void aFailedGroupGoesElsewhereOrStaysAndIsTriedAgain() {
    Row r = owned().here(GroupRunner.State.FAILED);
    r.failedAt.put("g", 90 * SECOND);
    r.does(new Decision.Step.Stop(), PlanNotice.FAILED_GOES);
    r.here(GroupRunner.State.STOPPED)
        .proposes(
            new Command.Release("g", 1, true, "server2", Reason.RESOURCE_FAILED),
            PlanNotice.FAILED_GOES);
    r.sees("server2", Health.DOWN)
        .here(GroupRunner.State.FAILED)
        .proposes(
            new Command.Report("g", 1, Phase.FAILED, Reason.RESOURCE_FAILED),
            PlanNotice.FAILED_STAYS);
    r.now = 400 * SECOND;
    r.does(new Decision.Step.Start(), PlanNotice.STARTS_AGAIN);
  }

  @Test
  void whatCannotBeStoppedIsNamed() {
    Decision d = owned().here(GroupRunner.State.STUCK).decides();
    assertThat(d.because().code()).isEqualTo(PlanNotice.STUCK.key());
    assertThat(d.because().toString()).contains("app");
  }

  @Test
  void aServerThatStopsGivesItsGroupsBack() {
    Row r = owned().here(GroupRunner.State.RUNNING);
    r.boots = false;
    r.does(new Decision.Step.Stop(), PlanNotice.STOPS_HERE);
    r.here(GroupRunner.State.STOPPED)
        .proposes(
            new Command.Release("g", 1, false, null, Reason.SERVER_STOPS), PlanNotice.GIVES_BACK);
  }

  // ---- one group waits for another

  private static Row waits() {
    Row r = new Row(Sample.twoGroups());
    r.s.by("server1", new Command.Take("g", r.s.g().epoch(), Reason.AUTO_START));
    r.waitFor = List.of("h");
    return r;
  }

  @Test
  void aGroupWaitsForAnotherOneAndSaysSo() {
    Row r = waits();
    r.rests(PlanNotice.WAITS_FOR_GROUP);
    r.waitingSince.put("g", r.now - SECOND + 1);
    r.rests(PlanNotice.WAITS_FOR_GROUP);
  }

  @Test
  void afterTheLongestWaitItGivesUpUntilTheOtherOneRuns() {
    Row r = waits();
    r.waitingSince.put("g", r.now - SECOND);
    r.proposes(
        new Command.Report("g", 1, Phase.FAILED, Reason.WAITED_IN_VAIN), PlanNotice.WAITED_IN_VAIN);
    r.s.by("server1", new Command.Report("g", 1, Phase.FAILED, Reason.WAITED_IN_VAIN));
    r.rests(PlanNotice.WAITED_IN_VAIN);
    r.s.by("server1", new Command.Take("h", 0, Reason.AUTO_START));
    r.s.by("server1", new Command.Report("h", 1, Phase.ONLINE, Reason.STARTED));
    r.does(new Decision.Step.Start(), PlanNotice.STARTS_HERE);
  }

  @Test
  void whatRunsDoesNotCareWhenTheOtherOneStops() {
    Row r = waits().here(GroupRunner.State.RUNNING);
    r.waitingSince.put("g", 0L);
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.RUNS_HERE.key());
  }

  // ---- how often a group goes elsewhere by itself

  /** It fails where it is and goes to the other server, at this time of the wall clock. */
  private static void goesOver(Sample s, String from, String to, long millis) {
    s.put(
        new Proposal(
            from,
            1,
            millis,
            millis,
            new Command.Release("g", s.g().epoch(), true, to, Reason.RESOURCE_FAILED)));
    assertThat(s.last.taken()).isTrue();
    s.by(to, new Command.Take("g", s.g().epoch(), Reason.RESOURCE_FAILED));
    assertThat(s.g().owner()).isEqualTo(to);
  }

  private static void runs(Sample s, String on) {
    s.by(on, new Command.Report("g", s.g().epoch(), Phase.ONLINE, Reason.STARTED));
  }

  @Test
  void whereItFailedBeforeItMayGoAgainOnceItHasRun() {
    Row r = owned().on("server2").here(GroupRunner.State.FAILED);
    r.failedAt.put("g", r.now);
    goesOver(r.s, "server1", "server2", 99_000);
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.FAILED_STAYS.key());
    runs(r.s, "server2");
    r.does(new Decision.Step.Stop(), PlanNotice.FAILED_GOES);
  }

  @Test
  void itGoesRoundSoOftenAndNotMore() {
    Row r = owned().on("server2").here(GroupRunner.State.FAILED);
    r.failedAt.put("g", r.now);
    goesOver(r.s, "server1", "server2", 97_000);
    runs(r.s, "server2");
    goesOver(r.s, "server2", "server1", 98_000);
    runs(r.s, "server1");
    goesOver(r.s, "server1", "server2", 99_000);
    runs(r.s, "server2");
    r.proposes(
        new Command.Report("g", r.s.g().epoch(), Phase.FAILED, Reason.RESOURCE_FAILED),
        PlanNotice.FAILED_OFTEN);
    assertThat(r.decides().because().args().toString()).contains("app", "3", "3600");
    r.wallMillis = 97_000 + 3_600_000 - 1;
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.FAILED_OFTEN.key());
    r.wallMillis++;
    r.does(new Decision.Step.Stop(), PlanNotice.FAILED_GOES);
  }

  @Test
  void theOperatorsWordBeginsTheCountAnew() {
    Row r = owned().on("server2").here(GroupRunner.State.FAILED);
    r.failedAt.put("g", r.now);
    for (long at = 97_000; at < 99_000; at += 1000) {
      goesOver(r.s, "server1", "server2", at);
      runs(r.s, "server2");
      goesOver(r.s, "server2", "server1", at + 500);
      runs(r.s, "server1");
    }
    goesOver(r.s, "server1", "server2", 99_500);
    assertThat(r.s.g().failovers()).hasSize(5);
    runs(r.s, "server2");
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.FAILED_OFTEN.key());
    r.s.by("server2", new Command.Want("g", true, null, "me"));
    r.does(new Decision.Step.Stop(), PlanNotice.FAILED_GOES);
  }

  @Test
  void aServerThatIsGoneIsReplacedHoweverOftenTheGroupHasFailed() {
    Row r = owned();
    for (long at = 97_000; at < 99_000; at += 1000) {
      goesOver(r.s, "server1", "server2", at);
      runs(r.s, "server2");
      goesOver(r.s, "server2", "server1", at + 500);
      runs(r.s, "server1");
    }
    r.on("server2").sees("server1", Health.DOWN);
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.TAKES_OVER.key());
  }

  @Test
  void itDoesNotGoBackByItselfToWhereItHasJustFailed() {
    Row r = owned().on("server2").here(GroupRunner.State.RUNNING);
    r.failback = Mode.AUTO;
    goesOver(r.s, "server1", "server2", 99_000);
    runs(r.s, "server2");
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.RUNS_HERE.key());
    r.wallMillis = 99_000 + 3_600_000;
    r.does(new Decision.Step.Stop(), PlanNotice.FAILS_BACK);
  }

  @Test
  void aFailureThatIsLongAgoIsForgottenEvenIfItHasRunNowhereSince() {
    Row r = owned().on("server2");
    goesOver(r.s, "server1", "server2", 99_000);
    r.sees("server1", Health.UP).here(GroupRunner.State.FAILED);
    r.failedAt.put("g", r.now);
    assertThat(r.decides().because().code()).isEqualTo(PlanNotice.FAILED_STAYS.key());
    r.wallMillis = 99_000 + 3_600_000;
    r.does(new Decision.Step.Stop(), PlanNotice.FAILED_GOES);
  }
}

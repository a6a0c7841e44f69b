// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReconnectTableTest {

  /** A pair of replicas and the row that it is a case of. */
  record Case(ReconnectRow row, String what, Consumer<Meeting> change) {
    @Override
    public String toString() {
      return row + ": " + what;
    }

    Meeting meeting() {
      Meeting m = new Meeting();
      change.accept(m);
      return m;
    }
  }

  private static Case of(ReconnectRow row, String what, Consumer<Meeting> change) {
    return new Case(row, what, change);
  }

  /** At least one case for each row, in the words of whoever finds it in a computer room. */
  static Stream<Case> cases() {
    List<Case> all = new ArrayList<>();
    identity(all);
    roles(all);
    lineage(all);
    stamps(all);
    differences(all);
    return all.stream();
  }

  private static void identity(List<Case> all) {
    all.add(
        of(
            ReconnectRow.FOREIGN_DISK,
            "a disk of another cluster",
            m -> m.there.cluster = new UUID(9, 9)));
    all.add(
        of(
            ReconnectRow.FOREIGN_DISK,
            "another mirror disk of this cluster",
            m -> m.there.disk = new UUID(9, 9)));
    all.add(of(ReconnectRow.SAME_REPLICA, "both servers see one device", m -> m.there.number = 0));
    all.add(
        of(
            ReconnectRow.SAME_REPLICA,
            "the image of this server was put into the other",
            m -> {
              m.there.number = 0;
              m.there.stamp = new Stamp(4, 0x44);
              m.dropped();
            }));
    all.add(
        of(ReconnectRow.SWAPPED_REPLICA, "the disk of a third server", m -> m.there.number = 2));
    all.add(
        of(
            ReconnectRow.OTHER_SHAPE,
            "a larger disk",
            m -> m.there.shape = new Geometry(512, 128, 4, 8, 3, 64)));
    all.add(
        of(
            ReconnectRow.OTHER_SHAPE,
            "another block size",
            m -> m.there.shape = new Geometry(4096, 64, 4, 8, 3, 64)));
    all.add(
        of(
            ReconnectRow.OTHER_SHAPE,
            "another chunk size",
            m -> m.there.shape = new Geometry(512, 64, 8, 8, 3, 64)));
    all.add(
        of(
            ReconnectRow.OTHER_GROUP,
            "a successor group of the other side",
            m -> m.there.group = 8));
  }

  private static void roles(List<Case> all) {
    all.add(
        of(
            ReconnectRow.BOTH_ACTIVE_OLDER_HERE,
            "a takeover that we did not hear of",
            m -> {
              m.there.role = Role.ACTIVE;
              m.there.epoch = 6;
            }));
    all.add(
        of(
            ReconnectRow.BOTH_ACTIVE_NEWER_HERE,
            "the old active comes back",
            m -> {
              m.there.role = Role.ACTIVE;
              m.there.epoch = 4;
            }));
    all.add(
        of(
            ReconnectRow.BOTH_ACTIVE_NEWER_HERE,
            "it is giving the role back",
            m -> m.there.role = Role.DEMOTING));
    all.add(
        of(
            ReconnectRow.PEER_LEADS,
            "we are the standby",
            m -> {
              m.here.role = Role.STANDBY;
              m.there.role = Role.ACTIVE;
            }));
    all.add(
        of(
            ReconnectRow.PEER_LEADS,
            "we ask for the role, it gives it back",
            m -> {
              m.here.role = Role.PROMOTING;
              m.there.role = Role.DEMOTING;
            }));
    all.add(
        of(
            ReconnectRow.RESTORED_PAIR,
            "one image on both servers",
            m -> restored(m, 12, 12, 0x77, 0x77)));
    all.add(
        of(
            ReconnectRow.RESTORED_DIFFER,
            "images of two cuts",
            m -> restored(m, 12, 13, 0x77, 0x77)));
    all.add(
        of(
            ReconnectRow.RESTORED_DIFFER,
            "one cut, two digests",
            m -> restored(m, 12, 12, 0x77, 0x78)));
    all.add(
        of(
            ReconnectRow.RESTORED_DIFFER,
            "images that are of no cut",
            m -> restored(m, 0, 0, 0, 0)));
    all.add(
        of(
            ReconnectRow.RESTORED_DIFFER,
            "a void image on both",
            m -> {
              restored(m, 12, 12, 0x77, 0x77);
              m.here.cut = m.here.cut.withStatus(CutStatus.VOID);
              m.there.cut = m.there.cut.withStatus(CutStatus.VOID);
            }));
    all.add(
        of(
            ReconnectRow.NOBODY_LEADS,
            "two standbys after a boot",
            m -> m.here.role = Role.STANDBY));
    all.add(
        of(
            ReconnectRow.NOBODY_LEADS,
            "an image here, a replica there",
            m -> {
              m.here.role = Role.STANDBY;
              m.here.condition = Condition.RESTORED;
            }));
    all.add(
        of(
            ReconnectRow.EPOCH_NEWER_THERE,
            "the standby heard of a change before us",
            m -> m.there.epoch = 6));
  }

  private static void restored(Meeting m, long cutHere, long cutThere, long here, long there) {
    m.here.role = Role.STANDBY;
    m.here.condition = Condition.RESTORED;
    m.there.condition = Condition.RESTORED;
    m.here.cut = Meeting.cut(cutHere, Meeting.EXPECTED, CutStatus.PROVEN, here);
    m.there.cut = Meeting.cut(cutThere, Meeting.EXPECTED, CutStatus.PROVEN, there);
  }

  private static void lineage(List<Case> all) {
    all.add(
        of(
            ReconnectRow.PEER_FAILED,
            "its disk returned an error",
            m -> m.there.condition = Condition.FAILED));
    all.add(
        of(
            ReconnectRow.OPERATOR_DISCARDS,
            "diverged, and the operator has decided",
            m -> {
              m.dropped();
              m.there.generations = Generations.of(99, 20, 10);
              m.discard = true;
            }));
    all.add(
        of(
            ReconnectRow.PEER_RESTORED,
            "an image was restored on the other server alone",
            m -> m.there.condition = Condition.RESTORED));
    all.add(
        of(
            ReconnectRow.PEER_BLANK,
            "a new server",
            m -> {
              m.inSync = false;
              m.slot = PeerSlot.UNKNOWN;
              blank(m.there);
            }));
    all.add(
        of(
            ReconnectRow.RECOVERY_RESTARTS,
            "another active was recovering it",
            m -> {
              m.dropped();
              m.there.condition = Condition.INCONSISTENT;
              m.there.stamp = new Stamp(10, 0xEE);
            }));
    all.add(
        of(
            ReconnectRow.RECOVERY_RESTARTS,
            "a diverged target of a copy that was cut short",
            m -> {
              m.dropped();
              m.there.condition = Condition.INCONSISTENT;
              m.there.generations = Generations.of(99, 20);
              m.slot = PeerSlot.UNKNOWN;
            }));
    all.add(
        of(
            ReconnectRow.UNRELATED,
            "a replica with another past",
            m -> m.there.generations = Generations.of(77, 66)));
    all.add(
        of(
            ReconnectRow.DIVERGED,
            "both were written alone",
            m -> {
              m.dropped();
              m.there.generations = Generations.of(31, 20, 10);
            }));
    all.add(
        of(
            ReconnectRow.PEER_NEWER,
            "it went on from our data",
            m -> {
              m.dropped();
              m.there.generations = Generations.of(40, 30, 20);
            }));
  }

  private static void blank(Meeting.Side side) {
    side.condition = Condition.BLANK;
    side.generations = Generations.NONE;
    side.stamp = Stamp.NONE;
    side.epoch = 0;
    side.group = 0;
  }

  private static void stamps(List<Case> all) {
    all.add(
        of(
            ReconnectRow.OLDER_CUT,
            "the image of the last backup was put there",
            m -> {
              m.here.cut = Meeting.cut(12, new Stamp(8, 0x88), CutStatus.PROVEN, 5);
              m.there.stamp = new Stamp(8, 0x88);
            }));
    all.add(
        of(
            ReconnectRow.ROLLED_BACK,
            "the virtual machine was reverted",
            m -> m.there.stamp = new Stamp(9, 0x99)));
    all.add(
        of(
            ReconnectRow.ROLLED_BACK,
            "the cluster state knows a newer stamp of it",
            m -> m.there.rolledBack = true));
    all.add(
        of(
            ReconnectRow.ROLLED_BACK,
            "reverted to before a shrink",
            m -> {
              m.there.stamp = new Stamp(2, 0x22);
              m.there.generations = Generations.of(20, 10);
            }));
    all.add(
        of(
            ReconnectRow.STAMP_UNKNOWN,
            "it was with another active",
            m -> m.there.stamp = new Stamp(14, 0xEE)));
    all.add(
        of(
            ReconnectRow.STAMP_UNKNOWN,
            "nothing is known of it here",
            m -> {
              m.dropped();
              m.slot = PeerSlot.UNKNOWN;
            }));
    all.add(
        of(
            ReconnectRow.STAMP_UNKNOWN,
            "the same counter from another history",
            m -> m.there.stamp = new Stamp(10, 0xEE)));
  }

  private static void differences(List<Case> all) {
    all.add(
        of(
            ReconnectRow.CACHE_LOST_UNTRACKED,
            "power loss under a former active",
            m -> {
              m.there.cacheLost = true;
              m.slot = new PeerSlot(Meeting.EXPECTED, Stamp.NONE, false, false, 0);
            }));
    all.add(
        of(
            ReconnectRow.WRITES_UNKNOWN,
            "its agent was killed under a former active",
            m -> {
              m.dropped();
              m.there.forgetful = true;
              m.slot = new PeerSlot(Meeting.EXPECTED, Stamp.NONE, false, false, 0);
            }));
    all.add(
        of(ReconnectRow.CACHE_LOST, "power loss of the standby", m -> m.there.cacheLost = true));
    all.add(
        of(
            ReconnectRow.CACHE_LOST,
            "power loss of the former active",
            m -> {
              m.dropped();
              m.there.cacheLost = true;
              m.there.wasActive = true;
              m.slot = new PeerSlot(Meeting.EXPECTED, Stamp.NONE, false, false, 0);
            }));
    all.add(of(ReconnectRow.STILL_IN_SYNC, "the link was cut for a moment", m -> {}));
    all.add(
        of(
            ReconnectRow.STILL_IN_SYNC,
            "it has the newer of two stamps",
            m -> {
              m.slot = new PeerSlot(Meeting.EXPECTED, Meeting.NEXT, true, false, 0);
              m.there.stamp = Meeting.NEXT;
            }));
    all.add(
        of(
            ReconnectRow.STILL_IN_SYNC,
            "its agent was killed: what it lacks is still open",
            m -> m.there.suspects = true));
    all.add(of(ReconnectRow.IN_SYNC_UNRECONCILED, "our agent was killed", m -> m.dirty = true));
    all.add(
        of(
            ReconnectRow.IN_SYNC_UNRECONCILED,
            "it followed somebody else at the end",
            m -> {
              m.there.suspects = true;
              m.slot = new PeerSlot(Meeting.EXPECTED, Stamp.NONE, false, false, 0);
            }));
    all.add(
        of(
            ReconnectRow.RECOVERY_GOES_ON,
            "a recovery was interrupted",
            m -> {
              m.dropped();
              m.there.condition = Condition.INCONSISTENT;
              m.there.generations = Generations.of(20, 10);
            }));
    all.add(
        of(
            ReconnectRow.RECOVERY_GOES_ON,
            "the first copy was interrupted",
            m -> {
              m.dropped();
              m.there.condition = Condition.INCONSISTENT;
              m.there.generations = Generations.NONE;
            }));
    all.add(
        of(
            ReconnectRow.RECOVERY_GOES_ON,
            "the copy over diverged data was interrupted",
            m -> {
              m.dropped();
              m.there.condition = Condition.INCONSISTENT;
              m.there.generations = Generations.of(99, 20, 10);
            }));
    all.add(
        of(
            ReconnectRow.KNOWN_DIFFERENCE,
            "it was away for an hour",
            m -> {
              m.dropped();
              m.there.generations = Generations.of(20, 10);
            }));
    all.add(
        of(
            ReconnectRow.KNOWN_DIFFERENCE,
            "the former active comes back",
            m -> {
              m.dropped();
              m.there.wasActive = true;
              m.there.suspects = true;
            }));
    all.add(
        of(
            ReconnectRow.KNOWN_DIFFERENCE_ASYNC,
            "the remote site was away",
            m -> {
              m.dropped();
              m.async = true;
            }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void eachCaseIsOfItsRow(Case c) {
    assertThat(c.meeting().decide()).isEqualTo(c.row);
  }

  @Test
  void everyRowIsReached() {
    Set<ReconnectRow> reached = EnumSet.noneOf(ReconnectRow.class);
    cases().forEach(c -> reached.add(c.row));

    assertThat(reached).isEqualTo(EnumSet.complementOf(EnumSet.of(ReconnectRow.NOT_CONNECTED)));
  }

  /** Where two conditions can hold at once, the row that stands first decides. */
  @Test
  void ofTwoRowsTheFirstDecides() {
    // What makes each row true, without what only its neighbours need.
    Map<ReconnectRow, Consumer<Meeting>> conditions =
        Map.ofEntries(
            Map.entry(ReconnectRow.FOREIGN_DISK, m -> m.there.disk = new UUID(9, 9)),
            Map.entry(ReconnectRow.SAME_REPLICA, m -> m.there.number = 0),
            Map.entry(
                ReconnectRow.OTHER_SHAPE, m -> m.there.shape = new Geometry(4096, 64, 4, 8, 3, 64)),
            Map.entry(ReconnectRow.OTHER_GROUP, m -> m.there.group = 8),
            Map.entry(
                ReconnectRow.BOTH_ACTIVE_NEWER_HERE,
                m -> {
                  m.there.role = Role.ACTIVE;
                  m.here.epoch = 9;
                }),
            Map.entry(ReconnectRow.EPOCH_NEWER_THERE, m -> m.there.epoch = 6),
            Map.entry(ReconnectRow.PEER_FAILED, m -> m.there.condition = Condition.FAILED),
            Map.entry(ReconnectRow.OPERATOR_DISCARDS, m -> m.discard = true),
            Map.entry(ReconnectRow.PEER_RESTORED, m -> m.there.condition = Condition.RESTORED),
            Map.entry(ReconnectRow.PEER_BLANK, m -> m.there.condition = Condition.BLANK),
            Map.entry(ReconnectRow.DIVERGED, m -> m.there.generations = Generations.of(31, 20, 10)),
            Map.entry(ReconnectRow.ROLLED_BACK, m -> m.there.stamp = new Stamp(9, 0x99)),
            Map.entry(ReconnectRow.CACHE_LOST, m -> m.there.cacheLost = true),
            Map.entry(ReconnectRow.IN_SYNC_UNRECONCILED, m -> m.dirty = true));

    conditions.forEach((a, makeA) ->
        conditions.forEach((b, makeB) -> {
          if (a.compareTo(b) < 0) {
            Meeting m = new Meeting();
            makeB.accept(m);
            makeA.accept(m);
            assertThat(m.decide()).as(a + " and " + b).isEqualTo(a);
          }
        }));
  }

  @Test
  void theWordOfTheOperatorDoesNotReachBeyondTheData() {
    Meeting failed = new Meeting();
    failed.discard = true;
    failed.there.condition = Condition.FAILED;
    Meeting swapped = new Meeting();
    swapped.discard = true;
    swapped.there.number = 2;

    assertThat(failed.decide()).isEqualTo(ReconnectRow.PEER_FAILED);
    assertThat(swapped.decide()).isEqualTo(ReconnectRow.SWAPPED_REPLICA);
  }

  @Test
  void ofTwoActivesOneStepsDown() {
    for (long epoch = 1; epoch < 10; epoch++) {
      Meeting one = new Meeting();
      one.there.role = Role.ACTIVE;
      one.here.epoch = 5;
      one.there.epoch = epoch;
      boolean weStepDown = one.decide() == ReconnectRow.BOTH_ACTIVE_OLDER_HERE;

      assertThat(weStepDown).isEqualTo(epoch > 5);
    }
  }

  @Test
  void thePageShowsTheRowsAsTheyAre() {
    List<Map<String, String>> found =
        DocTables.table("docs/reconnect.md", "row", "what is found there");
    List<List<String>> expected =
        Stream.of(ReconnectRow.values())
            .map(row ->
                List.of(
                    row.name(),
                    row.mode().name(),
                    row.leavesSet() ? "yes" : "no",
                    row.closes() ? "closed" : "stays"))
            .toList();

    assertThat(found)
        .extracting(
            r -> List.of(r.get("row"), r.get("mode"), r.get("leaves the set"), r.get("session")))
        .as("docs/reconnect.md: one line for each row, in the order of the enum")
        .isEqualTo(expected);
    assertThat(found).allSatisfy(r -> assertThat(r.get("what is found there")).isNotBlank());
  }

  @Test
  void thePageSaysForEachRowWhatToDo() {
    List<Map<String, String>> found = DocTables.table("docs/reconnect.md", "row", "what happens");

    assertThat(found)
        .extracting(r -> r.get("row"))
        .isEqualTo(Stream.of(ReconnectRow.values()).map(Enum::name).toList());
    assertThat(found).allSatisfy(r -> assertThat(r).doesNotContainValue(""));
  }
}

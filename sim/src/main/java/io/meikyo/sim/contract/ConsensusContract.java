// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.contract;

import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Sealed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The cases of the contract of {@code core.consensus}. */
public final class ConsensusContract {
  private ConsensusContract() {}

  /** A promise, and how it is tried. */
  public record Case(String promise, Consumer<ConsensusRig> trial) {
    @Override
    public String toString() {
      return promise;
    }
  }

  /** All cases. */
  public static List<Case> cases() {
    return List.of(
        of("one voter applies in the order of the log, each once", ConsensusContract::oneVoter),
        of("voters grow from one to three and all apply the same", ConsensusContract::growth),
        of("a voter that is removed is not needed any more", ConsensusContract::removal),
        of("a restart replays the log", ConsensusContract::replay),
        of("a restart begins with the snapshot", ConsensusContract::replayFromSnapshot),
        of("a joiner that is far behind gets a snapshot", ConsensusContract::joinBySnapshot),
        of("a voter that was away catches up by snapshot", ConsensusContract::awayBySnapshot),
        of("without a majority nothing is applied", ConsensusContract::majorityLost),
        of("a leader without followers applies nothing", ConsensusContract::isolatedLeader),
        of("of two voters neither goes on alone", ConsensusContract::twoCut),
        of("voters change one at a time, from the expected ones", ConsensusContract::expected),
        of("a voter that cannot be reached is not added", ConsensusContract::deafJoiner),
        of("a sealed state has all that was answered", ConsensusContract::sealedTail),
        of("what is answered while a voter leaves is sealed", ConsensusContract::sealedUnderLoad),
        of("a sealed group is left for ever", ConsensusContract::sealedForEver),
        of("whoever sealed neither votes nor confirms", ConsensusContract::sealedIsSilent),
        of("a successor is founded, filled and joined", ConsensusContract::successor),
        of("what is here is not made again", ConsensusContract::notTwice),
        of("who was removed while away stays out", ConsensusContract::staleMember),
        of("a wiped member comes back under another name", ConsensusContract::wiped),
        of("what comes too late is applied once or never", ConsensusContract::tooLate),
        of("closing answers what is under way", ConsensusContract::closing),
        of("another member can be asked to lead", ConsensusContract::moveLeader));
  }

  private static Case of(String promise, Consumer<Scene> trial) {
    return new Case(
        promise,
        rig -> {
          Scene scene = new Scene(rig);
          trial.accept(scene);
          scene.close();
        });
  }

  private static void oneVoter(Scene s) {
    s.create(0);
    Scene.check(
        s.log(0).membership().equals(s.members(0)) && s.log(0).groupId().equals(s.group),
        "who creates a group is its only voter");
    s.insist(0);
    List<Ask> many = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      many.add(s.propose(0, Scene.PATIENT));
    }
    s.answered(many.toArray(Ask[]::new));
  }

  private static void growth(Scene s) {
    s.found(3);
    for (int i = 0; i < 3; i++) {
      Ask ask = s.insist(i);
      s.inAll(ask, 0, 1, 2);
    }
    for (int i = 0; i < 3; i++) {
      int server = i;
      s.rig.await(
          () -> s.log(server).membership().equals(s.members(0, 1, 2)), "the voters on " + i);
    }
  }

  private static void removal(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    s.change(0, s.members(0, 1));
    s.stop(2);
    Ask ask = s.insist(1);
    s.inAll(ask, 0, 1);
    s.boot(2);
    s.open(2);
    Ask late = s.insist(0);
    s.inAll(late, 0, 1);
    s.rig.linger();
    Scene.check(s.ledger(2).count(late.text()) == 0, "who was removed is told nothing any more");
    s.neverApplied(s.proposed(2, Scene.BRIEF));
    s.inAll(s.insist(1), 0, 1);
  }

  private static void replay(Scene s) {
    s.found(2);
    Ask one = s.insist(0);
    Ask two = s.insist(1);
    s.stop(0);
    s.stop(1);
    s.boot(0);
    s.boot(1);
    Scene.check(s.store(0).local().equals(Set.of(s.group)), "a group is here after a restart");
    s.open(0);
    s.open(1);
    Ask three = s.insist(0);
    for (Ask ask : List.of(one, two, three)) {
      s.inAll(ask, 0, 1);
    }
    s.restart(1);
    s.inAll(s.insist(1), 0, 1);
    s.inAll(one, 1);
  }

  private static void fill(Scene s, int server) {
    Ask last = s.insist(server);
    int rest = s.rig.commandsUntilShortened();
    String load = "x".repeat(s.rig.commandBytes());
    while (rest > 0) {
      Ask[] some = new Ask[Math.min(rest, 50)];
      for (int i = 0; i < some.length; i++) {
        some[i] = s.propose(server, Scene.PATIENT, load);
      }
      s.answered(some);
      rest -= (int) Arrays.stream(some).filter(Ask::isApplied).count();
    }
    s.inAll(last, server);
  }

  private static void replayFromSnapshot(Scene s) {
    s.create(0);
    Ask first = s.insist(0);
    fill(s, 0);
    s.restart(0);
    Ask last = s.insist(0);
    s.inAll(last, 0);
    s.inAll(first, 0);
    Scene.check(s.ledger(0).restores() == 1, "a restart takes the snapshot once");
  }

  private static void joinBySnapshot(Scene s) {
    s.create(0);
    Ask first = s.insist(0);
    fill(s, 0);
    s.join(1);
    s.change(0, s.members(0, 1));
    Ask last = s.insist(1);
    s.inAll(first, 0, 1);
    s.inAll(last, 0, 1);
    Scene.check(s.ledger(1).restores() >= 1, "the beginning is not in the log any more");
    s.restart(1);
    s.inAll(s.insist(1), 0, 1);
    s.inAll(first, 1);
  }

  private static void awayBySnapshot(Scene s) {
    s.found(3);
    int leader = s.leader(0, 1, 2);
    int away = s.other(leader, 0, 1, 2);
    s.inAll(s.insist(leader), away);
    s.stop(away);
    int staying = Arrays.stream(new int[] {0, 1, 2}).filter(i -> i != away).min().orElseThrow();
    fill(s, staying);
    s.boot(away);
    s.open(away);
    Ask last = s.insist(staying);
    s.inAll(last, 0, 1, 2);
  }

  private static void majorityLost(Scene s) {
    s.found(3);
    Ask before = s.insist(0);
    s.inAll(before, 0, 1, 2);
    s.stop(1);
    s.stop(2);
    s.neverApplied(s.proposed(0, Scene.BRIEF));
    s.neverApplied(s.proposed(0, Scene.BRIEF));
    s.boot(1);
    s.open(1);
    s.inAll(s.insist(0), 0, 1);
    s.boot(2);
    s.open(2);
    s.inAll(s.insist(2), 0, 1, 2);
  }

  private static void isolatedLeader(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    int leader = s.leader(0, 1, 2);
    int[] others = Arrays.stream(new int[] {0, 1, 2}).filter(i -> i != leader).toArray();
    for (int o : others) {
      s.rig.cut(leader, o);
    }
    s.neverApplied(s.proposed(leader, Scene.BRIEF));
    Ask there = s.insist(others[0]);
    s.inAll(there, others);
    s.neverApplied(s.proposed(leader, Scene.BRIEF));
    s.rig.linger();
    Scene.check(s.ledger(leader).count(there.text()) == 0, "a cut is a cut");
    s.rig.heal();
    s.inAll(there, leader);
    s.inAll(s.insist(leader), 0, 1, 2);
  }

  private static void twoCut(Scene s) {
    s.found(2);
    s.inAll(s.insist(0), 0, 1);
    s.rig.cut(0, 1);
    Ask a = s.propose(0, Scene.BRIEF);
    Ask b = s.propose(1, Scene.BRIEF);
    s.answered(a, b);
    s.neverApplied(a);
    s.neverApplied(b);
    s.rig.heal();
    s.inAll(s.insist(0), 0, 1);
    s.inAll(s.insist(1), 0, 1);
  }

  private static void expected(Scene s) {
    s.found(2);
    s.join(2);
    Membership two = s.members(0, 1);
    s.refused(s.reconfigured(0, two, s.members(0, 1, 2, 3), Scene.PATIENT));
    s.refused(s.reconfigured(0, two, two, Scene.PATIENT));
    s.refused(s.reconfigured(0, s.members(0), new Membership(List.of()), Scene.PATIENT));
    Ask mismatch = s.reconfigured(0, s.members(0, 2), s.members(0), Scene.PATIENT);
    Scene.check(!mismatch.isApplied(), "others than the expected voters: " + mismatch);
    mismatch = s.reconfigured(1, s.members(0), s.members(0, 2), Scene.PATIENT);
    Scene.check(!mismatch.isApplied(), "others than the expected voters: " + mismatch);
    s.insist(0);
    s.rig.linger();
    Scene.check(s.log(0).membership().equals(two), "what is refused changes nothing");
    s.change(1, s.members(0, 1, 2));
    s.change(2, s.members(1, 2));
    s.stop(0);
    s.inAll(s.insist(1), 1, 2);
    s.change(2, s.members(2));
    s.stop(1);
    s.inAll(s.insist(2), 2);
  }

  private static void deafJoiner(Scene s) {
    s.found(2);
    s.insist(0);
    Ask ask = s.reconfigured(0, s.members(0, 1), s.members(0, 1, 2), Scene.BRIEF);
    Scene.check(!ask.isApplied(), "nobody is made a voter who has nothing: " + ask);
    s.inAll(s.insist(1), 0, 1);
    Scene.check(
        s.log(0).membership().equals(s.members(0, 1)), "a broken-off change changes nothing");
  }

  private static void sealedTail(Scene s) {
    s.found(2);
    s.inAll(s.insist(0), 0, 1);
    int leader = s.leader(0, 1);
    int follower = s.other(leader, 0, 1);
    List<Ask> many = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      many.add(s.propose(leader, Scene.PATIENT));
    }
    s.rig.await(() -> many.stream().anyMatch(Ask::isAnswered), "a first answer");
    s.rig.cut(leader, follower);
    Sealed sealed = s.log(follower).seal();
    for (Ask ask : many) {
      if (ask.isApplied()) {
        s.sees(sealed, ask);
      }
    }
    Scene.check(same(s.log(follower).seal(), sealed), "sealing again tells the same");
    s.rig.heal();
    s.neverApplied(s.proposed(leader, Scene.BRIEF));
  }

  private static void sealedUnderLoad(Scene s) {
    s.found(2);
    s.inAll(s.insist(0), 0, 1);
    int leader = s.leader(0, 1);
    int follower = s.other(leader, 0, 1);
    List<Ask> many = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      many.add(s.propose(leader, Scene.BRIEF));
    }
    s.rig.await(() -> many.stream().anyMatch(Ask::isAnswered), "a first answer");
    Sealed sealed = s.log(follower).seal();
    s.answered(many.toArray(Ask[]::new));
    for (Ask ask : many) {
      if (ask.isApplied()) {
        s.sees(sealed, ask);
      }
    }
    s.neverApplied(s.proposed(leader, Scene.BRIEF));
  }

  private static boolean same(@Nullable Sealed one, Sealed other) {
    return one != null
        && one.at().equals(other.at())
        && Arrays.equals(one.snapshot(), other.snapshot());
  }

  private static void sealedForEver(Scene s) {
    s.found(2);
    Ask applied = s.insist(0);
    s.inAll(applied, 0, 1);
    Scene.check(s.store(1).sealed(s.group) == null, "nothing is sealed yet");
    Scene.refuses(() -> s.store(1).retire(s.group), "to put aside what is not sealed");
    Sealed sealed = s.log(1).seal();
    s.sees(sealed, applied);
    s.refused(s.proposed(1, Scene.PATIENT));
    s.refused(s.reconfigured(1, s.members(0, 1), s.members(1), Scene.PATIENT));
    for (int life = 0; life < 2; life++) {
      ConsensusStore store = s.store(1);
      Scene.check(store.local().isEmpty(), "a sealed group is not here any more");
      Scene.check(same(store.sealed(s.group), sealed), "its last state is told again");
      Scene.refuses(() -> s.open(1), "to open a sealed group");
      Scene.refuses(() -> s.create(1), "to create a sealed group");
      Scene.refuses(() -> s.join(1), "to join a sealed group");
      s.stop(1);
      s.boot(1);
    }
    s.store(1).retire(s.group);
    Scene.refuses(() -> s.store(1).retire(s.group), "to put aside twice");
    s.stop(1);
    s.boot(1);
    Scene.refuses(() -> s.open(1), "to open a group that is put aside");
    Scene.check(same(s.store(1).sealed(s.group), sealed), "its last state is still told");
    s.neverApplied(s.proposed(0, Scene.BRIEF));
  }

  private static void sealedIsSilent(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    s.log(2).seal();
    s.inAll(s.insist(0), 0, 1);
    s.stop(1);
    s.neverApplied(s.proposed(0, Scene.BRIEF));
    s.stop(2);
    s.boot(2);
    s.neverApplied(s.proposed(0, Scene.BRIEF));
    s.boot(1);
    s.open(1);
    s.inAll(s.insist(1), 0, 1);
  }

  private static void successor(Scene s) {
    s.found(2);
    Ask last = s.insist(0);
    s.inAll(last, 0, 1);
    s.stop(0);
    Sealed sealed = s.log(1).seal();
    UUID next = new UUID(s.group.getMostSignificantBits(), 2);
    s.sees(sealed, last);
    Scene after = new Scene(next, s);
    after.create(1);
    Ask imported = after.insist(1);
    Scene.check(
        s.store(1).local().equals(Set.of(next)), "the successor is here, the sealed group not");
    s.boot(0);
    s.open(0);
    s.neverApplied(s.proposed(0, Scene.BRIEF));
    s.log(0).seal();
    after.join(0);
    after.change(1, after.members(0, 1));
    after.inAll(imported, 0, 1);
    after.inAll(after.insist(0), 0, 1);
    after.restart(0);
    after.inAll(after.insist(0), 0, 1);
    after.inAll(imported, 0);
    after.close();
  }

  private static void notTwice(Scene s) {
    s.create(0);
    Ask applied = s.insist(0);
    Scene.refuses(() -> s.store(0).create(s.group, new Ledger("x")), "to create what is here");
    Scene.refuses(() -> s.store(0).join(s.group, new Ledger("x")), "to join what is here");
    Scene.refuses(() -> s.store(0).open(s.group, new Ledger("x")), "to open what is open");
    UUID foreign = new UUID(7, 7);
    Scene.refuses(() -> s.store(0).open(foreign, new Ledger("x")), "to open what is not here");
    Scene.refuses(() -> s.store(0).retire(foreign), "to put aside what is not here");
    Scene.check(s.store(0).sealed(foreign) == null, "of a group that is not here nothing is told");
    s.inAll(s.insist(0), 0);
    s.inAll(applied, 0);
  }

  private static void staleMember(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    s.stop(2);
    s.change(0, s.members(0, 1));
    Ask later = s.insist(0);
    s.boot(2);
    s.open(2);
    s.neverApplied(s.proposed(2, Scene.BRIEF));
    s.inAll(s.insist(0), 0, 1);
    s.rig.linger();
    s.inAll(s.insist(1), 0, 1);
    Scene.check(s.ledger(2).count(later.text()) == 0, "who was removed is told nothing any more");
  }

  private static void wiped(Scene s) {
    s.found(3);
    Ask before = s.insist(0);
    s.inAll(before, 0, 1, 2);
    s.stop(2);
    s.rig.wipe(2);
    s.change(0, s.members(0, 1));
    s.boot(2);
    Scene.check(s.store(2).local().isEmpty(), "a wiped member has nothing");
    s.join(2);
    s.change(0, s.members(0, 1, 2));
    s.inAll(before, 2);
    s.inAll(s.insist(2), 0, 1, 2);
  }

  private static void tooLate(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    for (int i = 0; i < 9; i++) {
      s.propose(i % 3, i < 3 ? 1 : i * 300_000L);
    }
    int leader = s.leader(0, 1, 2);
    s.propose(leader, Scene.BRIEF);
    s.stop(leader);
    s.propose(s.other(leader, 0, 1, 2), Scene.BRIEF / 10);
    s.boot(leader);
    s.open(leader);
    s.inAll(s.insist(leader), 0, 1, 2);
    s.restart(s.other(leader, 0, 1, 2));
    s.inAll(s.insist(leader), 0, 1, 2);
  }

  private static void closing(Scene s) {
    s.found(2);
    s.inAll(s.insist(0), 0, 1);
    int leader = s.leader(0, 1);
    s.rig.cut(0, 1);
    Ask[] asks = new Ask[6];
    for (int i = 0; i < asks.length; i++) {
      asks[i] = s.propose(i % 2 == 0 ? leader : s.other(leader, 0, 1), Scene.PATIENT);
    }
    s.store(0).close();
    s.store(1).close();
    s.answered(asks);
    for (Ask ask : asks) {
      s.neverApplied(ask);
    }
    s.rig.heal();
    s.restart(0);
    s.restart(1);
    s.inAll(s.insist(0), 0, 1);
  }

  private static void moveLeader(Scene s) {
    s.found(3);
    s.inAll(s.insist(0), 0, 1, 2);
    int leader = s.leader(0, 1, 2);
    int to = s.other(leader, 0, 1, 2);
    s.log(s.other(to, 0, 1, 2)).moveLeader(s.voter(to).id());
    s.log(leader).moveLeader(s.voter(to).id());
    s.inAll(s.insist(leader), 0, 1, 2);
    s.inAll(s.insist(to), 0, 1, 2);
  }
}

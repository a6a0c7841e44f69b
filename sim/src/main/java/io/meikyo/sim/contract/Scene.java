// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.contract;

import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One case on a rig: who runs, what was asked, and the checks that every case ends with. */
final class Scene {
  private static final long SECOND = 1_000_000_000L;

  /** For what shall come about. */
  static final long PATIENT = 10 * SECOND;

  /** For what shall not come about. */
  static final long BRIEF = 3 * SECOND / 2;

  private static final int TRIES = 60;

  final ConsensusRig rig;
  final UUID group;
  private final @Nullable ConsensusStore[] stores;
  private final @Nullable ConsensusLog[] logs = new ConsensusLog[ConsensusRig.SERVERS];
  private final @Nullable Ledger[] ledgers = new Ledger[ConsensusRig.SERVERS];
  private final List<Ledger> allLedgers = new ArrayList<>();
  private final List<Ask> proposals = new ArrayList<>();

  /** Proposals of lives that have ended since: nobody is left to be answered. */
  private final List<Ask> orphans = new ArrayList<>();

  private final List<List<Ask>> underWay = new ArrayList<>();
  private int texts;

  /** A first group. */
  Scene(ConsensusRig rig) {
    this(rig, new UUID(0x4d65696b796fL, 1), new ConsensusStore[ConsensusRig.SERVERS]);
  }

  /** Another group of the same servers. */
  Scene(UUID group, Scene other) {
    this(other.rig, group, other.stores);
  }

  private Scene(ConsensusRig rig, UUID group, @Nullable ConsensusStore[] stores) {
    this.rig = rig;
    this.group = group;
    this.stores = stores;
    for (int i = 0; i < ConsensusRig.SERVERS; i++) {
      underWay.add(new ArrayList<>());
    }
  }

  // Servers.

  ConsensusStore boot(int server) {
    ConsensusStore store = rig.boot(server);
    stores[server] = store;
    return store;
  }

  ConsensusStore store(int server) {
    ConsensusStore store = stores[server];
    return store == null ? boot(server) : store;
  }

  /** The server's log of the group, which is open. */
  ConsensusLog log(int server) {
    return some(logs[server]);
  }

  Ledger ledger(int server) {
    return some(ledgers[server]);
  }

  static <T> T some(@Nullable T value) {
    if (value == null) {
      throw new AssertionError("the case uses what it has not made");
    }
    return value;
  }

  private Ledger newLedger(int server) {
    Ledger ledger = new Ledger("server " + server);
    ledgers[server] = ledger;
    allLedgers.add(ledger);
    return ledger;
  }

  void create(int server) {
    logs[server] = store(server).create(group, newLedger(server));
  }

  void join(int server) {
    logs[server] = store(server).join(group, newLedger(server));
  }

  void open(int server) {
    logs[server] = store(server).open(group, newLedger(server));
  }

  /** Ends the member of a server; whoever it had not answered is not answered any more. */
  void stop(int server) {
    rig.stop(server);
    stores[server] = null;
    logs[server] = null;
    orphans.addAll(underWay.get(server));
    underWay.get(server).clear();
  }

  void restart(int server) {
    stop(server);
    boot(server);
    open(server);
  }

  /** A group of the first {@code count} servers. */
  void found(int count) {
    create(0);
    for (int i = 1; i < count; i++) {
      join(i);
      change(0, members(IntStream.rangeClosed(0, i).toArray()));
    }
  }

  Membership members(int... servers) {
    return new Membership(Arrays.stream(servers).mapToObj(rig::voter).toList());
  }

  // Questions.

  /** Proposes a text that is in no other proposal. */
  Ask propose(int server, long timeoutNanos) {
    return propose(server, timeoutNanos, "");
  }

  /** The same with a load that is not part of the state. */
  Ask propose(int server, long timeoutNanos, String load) {
    Ask ask = new Ask(group.getLeastSignificantBits() + "w" + ++texts);
    proposals.add(ask);
    underWay.get(server).add(ask);
    byte[] command = (ask.text() + Ledger.LOAD + load).getBytes(StandardCharsets.UTF_8);
    log(server).propose(command, timeoutNanos, ask::answer);
    return ask;
  }

  /** Proposes and waits for the answer, whatever it is. */
  Ask proposed(int server, long timeoutNanos) {
    Ask ask = propose(server, timeoutNanos);
    answered(ask);
    return ask;
  }

  void answered(Ask... asks) {
    rig.await(() -> Arrays.stream(asks).allMatch(Ask::isAnswered), "an answer to " + asks[0]);
  }

  /** Proposes new texts until one is applied. */
  Ask insist(int server) {
    for (int i = 0; i < TRIES; i++) {
      Ask ask = proposed(server, PATIENT);
      if (ask.isApplied()) {
        return ask;
      }
    }
    throw new AssertionError("nothing is applied though nothing is in the way");
  }

  Ask reconfigured(int server, Membership expected, Membership next, long timeoutNanos) {
    Ask ask = new Ask(expected + " to " + next);
    log(server).reconfigure(expected, next, timeoutNanos, ask::answer);
    answered(ask);
    return ask;
  }

  /** Changes the voters, until that is in force as this server sees it. */
  void change(int server, Membership next) {
    for (int i = 0; i < TRIES; i++) {
      Membership now = log(server).membership();
      if (now.equals(next)) {
        return;
      }
      if (now.whyNotNext(next) != null) {
        insist(server);
        continue;
      }
      Ask ask = reconfigured(server, now, next, PATIENT);
      if (ask.isApplied() && next.has(rig.voter(server).id())) {
        rig.await(() -> log(server).membership().equals(next), "the new voters");
      } else if (ask.isApplied()) {
        return;
      } else {
        insist(server);
      }
    }
    throw new AssertionError("the voters are not changed though nothing is in the way");
  }

  /** The server that says it leads; waits for one among these. */
  int leader(int... among) {
    int[] found = {-1};
    rig.await(
        () -> {
          for (int s : among) {
            if (logs[s] != null && log(s).hint().leading()) {
              found[0] = s;
              return true;
            }
          }
          return false;
        },
        "a leader");
    return found[0];
  }

  int other(int than, int... among) {
    return Arrays.stream(among).filter(s -> s != than).findFirst().orElseThrow();
  }

  void inAll(Ask ask, int... servers) {
    for (int s : servers) {
      rig.await(() -> ledger(s).count(ask.text()) == 1, ask + " on server " + s);
    }
  }

  void sees(Sealed sealed, Ask ask) {
    check(
        Ledger.lines(sealed.snapshot()).stream()
            .anyMatch(line -> Ledger.text(line).equals(ask.text())),
        "a sealed state holds whatever was answered as applied: " + ask);
  }

  // Checks.

  static void check(boolean holds, String promise) {
    if (!holds) {
      throw new AssertionError("broken: " + promise);
    }
  }

  static void refuses(Runnable call, String what) {
    try {
      call.run();
    } catch (IllegalStateException e) {
      return;
    }
    throw new AssertionError("broken: refused with an IllegalStateException: " + what);
  }

  void neverApplied(Ask ask) {
    check(!ask.isApplied(), "nothing is answered as applied without a majority: " + ask);
  }

  void refused(Ask ask) {
    check(ask.outcome() instanceof Outcome.Refused, "this is refused: " + ask);
  }

  /** What holds at the end of every case, when all that is under way has been answered. */
  void close() {
    List<Ask> waiting = proposals.stream().filter(ask -> !orphans.contains(ask)).toList();
    rig.await(() -> waiting.stream().allMatch(Ask::isAnswered), "all answers");
    rig.linger();
    for (Ledger ledger : allLedgers) {
      check(ledger.broken().isEmpty(), "each index once, in order: " + ledger.broken());
    }
    for (Ask ask : proposals) {
      check(
          ask.answers().size() <= 1 && (ask.isAnswered() || orphans.contains(ask)),
          "each proposal is answered once: " + ask);
      fate(ask);
    }
    agree();
  }

  private void fate(Ask ask) {
    long most = allLedgers.stream().mapToLong(l -> l.count(ask.text())).max().orElse(0);
    check(most <= 1, "a proposal is applied once at most: " + ask);
    if (!ask.isAnswered()) {
      return;
    }
    switch (ask.outcome()) {
      case Outcome.Applied applied -> {
        String line = applied.at().index() + "=" + ask.text();
        check(
            allLedgers.stream().anyMatch(l -> l.lines().contains(line)),
            "what is answered as applied is applied at that place: " + ask);
        check(
            Arrays.equals(applied.result(), Ledger.result(ask.text())),
            "the proposer gets the result of the state machine: " + ask);
      }
      case Outcome.Refused refused ->
          check(most == 0, "what is refused is in no log, ever: " + ask);
      case Outcome.Unknown unknown -> {
        // It may have been applied, once.
      }
    }
  }

  /** Each ledger is a beginning of the longest. */
  private void agree() {
    List<String> longest = List.of();
    for (Ledger ledger : allLedgers) {
      if (ledger.lines().size() > longest.size()) {
        longest = ledger.lines();
      }
    }
    for (Ledger ledger : allLedgers) {
      List<String> lines = ledger.lines();
      check(
          longest.subList(0, lines.size()).equals(lines),
          "all members apply the same: " + ledger + " " + lines + " against " + longest);
    }
  }

  Voter voter(int server) {
    return rig.voter(server);
  }
}

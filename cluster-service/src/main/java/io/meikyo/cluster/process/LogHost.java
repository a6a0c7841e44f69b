// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterMachine;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.arbitration.Passage;
import io.meikyo.core.cluster.arbitration.Passenger;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The consensus group that this member works in, and the steps from it to the next. One thread
 * changes it; {@link #log} and {@link #applied} may be asked on any.
 */
final class LogHost implements Passenger.Steps {
  private static final long TRY_NANOS = 2_000_000_000L;
  private static final int TRIES = 20;

  /**
   * Who keeps this member's journal.
   *
   * @param now the journal as it is
   * @param mover notes that the member works in another group: durable when it returns, {@link
   *     java.io.UncheckedIOException} if it is not
   */
  record Books(Supplier<MemberJournal> now, Consumer<UUID> mover) {
    MemberJournal journal() {
      return now.get();
    }

    void movedTo(UUID group) {
      mover.accept(group);
    }
  }

  private final ConsensusStore store;
  private final NodeDriver driver;
  private final Books books;
  private final PassageFile file;
  private final Consumer<ConsensusLog> activated;
  private volatile @Nullable ConsensusLog log;
  private @Nullable ConsensusLog next;
  private volatile long applied = -1;

  LogHost(
      ConsensusStore store,
      NodeDriver driver,
      Books books,
      PassageFile file,
      Consumer<ConsensusLog> activated) {
    this.store = store;
    this.driver = driver;
    this.books = books;
    this.file = file;
    this.activated = activated;
  }

  /** The log that is worked in; null while a passage is under way. */
  @Nullable ConsensusLog log() {
    return log;
  }

  /** Index of the last entry that was applied in the present group. */
  long applied() {
    return applied;
  }

  /** Takes up the group of the journal, or makes it, or joins it. */
  void open() {
    MemberJournal journal = books.journal();
    UUID group = journal.group();
    boolean known = store.local().contains(group);
    ConsensusLog opened =
        known
            ? store.open(group, machine(group))
            : journal.founder()
                ? store.create(group, machine(group))
                : store.join(group, machine(group));
    next = opened;
    activate(group);
  }

  private ClusterMachine machine(UUID group) {
    return new ClusterMachine(
        group,
        (at, proposal, state, verdict) -> {
          applied(at);
          driver.post(new NodeEvent.Applied(at, proposal, state, verdict));
        });
  }

  private void applied(LogPosition at) {
    applied = at.index();
  }

  @Override
  public void begun(Passage passage) {
    file.begun(passage);
  }

  @Override
  public Sealed seal(UUID group) {
    Sealed before = store.sealed(group);
    if (before != null) {
      return before;
    }
    ConsensusLog now = log;
    ConsensusLog open =
        now != null && now.groupId().equals(group) ? now : store.open(group, machine(group));
    log = null;
    return open.seal();
  }

  @Override
  public void putAside(UUID group) {
    try {
      store.retire(group);
    } catch (IllegalStateException e) {
      // It is sealed, that was done just before: so it is aside already, since before a crash.
    }
  }

  @Override
  public void create(UUID group) {
    if (!isNext(group)) {
      next =
          store.local().contains(group)
              ? store.open(group, machine(group))
              : store.create(group, machine(group));
    }
  }

  @Override
  public void join(UUID group) {
    if (!isNext(group)) {
      next =
          store.local().contains(group)
              ? store.open(group, machine(group))
              : store.join(group, machine(group));
    }
  }

  private boolean isNext(UUID group) {
    ConsensusLog n = next;
    return n != null && n.groupId().equals(group);
  }

  /** Number 0 is no other proposal's; the rules take an import once by itself. */
  @Override
  public Verdict propose(UUID group, Command.Import command) {
    MemberJournal me = books.journal();
    byte[] bytes =
        ProposalCodec.encode(
            new Proposal(me.name(), me.life(), 0, System.currentTimeMillis(), command));
    ConsensusLog to = next;
    if (to == null) {
      throw new IllegalStateException("group " + group + " is not made");
    }
    String why = "";
    for (int i = 0; i < TRIES; i++) {
      CompletableFuture<Outcome> answer = new CompletableFuture<>();
      to.propose(bytes, TRY_NANOS, answer::complete);
      try {
        Outcome outcome = answer.get(2 * TRY_NANOS, TimeUnit.NANOSECONDS);
        if (outcome instanceof Outcome.Applied a) {
          return ProposalCodec.verdict(a.result());
        }
        why = String.valueOf(outcome);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      } catch (ExecutionException | TimeoutException e) {
        why = String.valueOf(e);
      }
    }
    throw new IllegalStateException("the new group " + group + " takes nothing: " + why);
  }

  @Override
  public void done(Passage passage) {
    books.movedTo(passage.to());
    file.done();
  }

  @Override
  public void activate(UUID group) {
    ConsensusLog now = next;
    if (now == null) {
      throw new IllegalStateException("group " + group + " is not open");
    }
    log = now;
    driver.log(now);
    activated.accept(now);
  }
}

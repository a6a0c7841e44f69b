// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * The proposals of one member that are under way: brings each to whoever leads, again and again
 * until its time is over, and answers each once.
 *
 * <p>Applied is answered when this member's own replica has it, not when somebody says so. Again
 * and again is safe because a proposal keeps its number ({@link Envelope}). Refused is answered
 * only if no attempt can have reached a log: each is counted as {@link Pending#open} until it is
 * known to have failed before that. An engine that says "I do not lead" may say it before it
 * appended, or after; of our own we know, because it announces each append ({@link #appending}), of
 * another we do not.
 *
 * <p>All methods but {@link #appending} run on the log's own thread.
 */
final class Proposals {
  /** Proposals under way; half of what {@link SeenProposals} tells apart. */
  static final int UNDER_WAY_MAX = SeenProposals.WINDOW / 2;

  private static final long AGAIN_MILLIS = 25;

  /** An attempt without an answer for so long is made anew, perhaps with another leader. */
  private static final long ATTEMPT_MILLIS = 1000;

  private static final class Pending {
    final long number;
    final byte[] entry;
    final Consumer<Outcome> answer;
    @Nullable ScheduledFuture<?> deadline;
    @Nullable ScheduledFuture<?> again;

    /** Attempts that may have put it into a log. */
    int open;

    /** The newest attempt, 1 for the first. */
    int attempt;

    /** Waits for the answer of the newest attempt. */
    boolean waits;

    /** What the leader says, until the own replica has it too. */
    Outcome.@Nullable Applied held;

    String why = "no leader was found";

    Pending(long number, byte[] entry, Consumer<Outcome> answer) {
      this.number = number;
      this.entry = entry;
      this.answer = answer;
    }
  }

  private final ScheduledExecutorService thread;
  private final Routes routes;
  private final Courier courier;
  private final Replica replica;
  private final UUID proposer;
  private final Map<Long, Pending> pending = new HashMap<>();
  private final Set<Long> appended = ConcurrentHashMap.newKeySet();
  private volatile boolean held;
  private long numbers;
  private @Nullable String stopped;

  Proposals(
      ScheduledExecutorService thread,
      Routes routes,
      Courier courier,
      Replica replica,
      UUID proposer) {
    this.thread = thread;
    this.routes = routes;
    this.courier = courier;
    this.replica = replica;
    this.proposer = proposer;
  }

  void propose(byte[] command, long timeoutNanos, Consumer<Outcome> answer) {
    String wrong = stopped;
    if (wrong == null && command.length > RatisSettings.COMMAND_BYTES_MAX) {
      wrong = "a command of " + command.length + " bytes is too large";
    }
    if (wrong == null && pending.size() >= UNDER_WAY_MAX) {
      wrong = "too many proposals are under way";
    }
    if (wrong != null) {
      answer.accept(new Outcome.Refused(wrong));
      return;
    }
    if (appended.size() > 2 * UNDER_WAY_MAX) {
      appended.retainAll(pending.keySet());
    }
    long number = numbers++;
    Pending p = new Pending(number, new Envelope(proposer, number, command).encode(), answer);
    pending.put(number, p);
    p.deadline = thread.schedule(() -> giveUp(p, p.why), timeoutNanos, TimeUnit.NANOSECONDS);
    attempt(p);
  }

  private void attempt(Pending p) {
    if (pending.get(p.number) != p) {
      return;
    }
    RaftServer engine = routes.engine();
    RaftPeer leader = routes.leader();
    if (engine == null || leader == null) {
      again(p, AGAIN_MILLIS);
      return;
    }
    boolean here = leader.getId().equals(engine.getId());
    int attempt = ++p.attempt;
    p.open++;
    p.waits = true;
    CompletableFuture<RaftClientReply> reply =
        here
            ? courier.writeHere(engine, p.number, p.entry)
            : courier.writeThere(leader, p.number, p.entry);
    var _ =
        reply.handleAsync(
            (r, failure) -> {
              ended(p, attempt, here, r, failure);
              return null;
            },
            thread);
    again(p, ATTEMPT_MILLIS);
  }

  private void again(Pending p, long millis) {
    ScheduledFuture<?> before = p.again;
    if (before != null) {
      before.cancel(false);
    }
    p.again = thread.schedule(() -> attempt(p), millis, TimeUnit.MILLISECONDS);
  }

  private void ended(
      Pending p,
      int attempt,
      boolean here,
      @Nullable RaftClientReply reply,
      @Nullable Throwable failure) {
    if (pending.get(p.number) != p) {
      return;
    }
    if (reply != null && reply.isSuccess()) {
      p.held = Told.decode(reply.getMessage().getContent().asReadOnlyByteBuffer());
      held = true;
      advanced(replica.at());
      return;
    }
    Throwable why = reply == null ? failure : reply.getException();
    if (here ? !appended.contains(p.number) : why instanceof LeaderNotReadyException) {
      p.open--;
    }
    p.why = String.valueOf(why);
    if (attempt == p.attempt) {
      p.waits = false;
      again(p, AGAIN_MILLIS);
    }
  }

  /** The engine of this process is about to append it. Any thread. */
  void appending(long number) {
    appended.add(number);
  }

  /** Somebody leads: who waits for that need not wait longer. */
  void leaderKnown() {
    for (Pending p : List.copyOf(pending.values())) {
      if (!p.waits) {
        attempt(p);
      }
    }
  }

  void applied(long number, LogPosition at, byte[] result) {
    Pending p = pending.get(number);
    if (p != null) {
      answer(p, new Outcome.Applied(at, result));
    }
  }

  /** The replica has everything up to here. */
  void advanced(LogPosition to) {
    for (Pending p : List.copyOf(pending.values())) {
      Outcome.Applied told = p.held;
      if (told != null && told.at().index() <= to.index()) {
        answer(p, told);
      }
    }
    held = pending.values().stream().anyMatch(p -> p.held != null);
  }

  /** True if something waits for {@link #advanced}. Any thread. */
  boolean waitsForReplica() {
    return held;
  }

  private void giveUp(Pending p, String why) {
    if (pending.get(p.number) == p) {
      answer(p, p.open == 0 ? new Outcome.Refused(why) : new Outcome.Unknown(why));
    }
  }

  private void answer(Pending p, Outcome outcome) {
    pending.remove(p.number);
    appended.remove(p.number);
    cancel(p.deadline);
    cancel(p.again);
    p.answer.accept(outcome);
  }

  private static void cancel(@Nullable ScheduledFuture<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** Answers what is under way, and refuses all that comes. */
  void stop(String why) {
    if (stopped == null) {
      stopped = why;
      for (Pending p : new ArrayList<>(pending.values())) {
        giveUp(p, why);
      }
    }
  }
}

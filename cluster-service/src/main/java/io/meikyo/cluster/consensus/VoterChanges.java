// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * The changes of the voters that this member has asked for, and the voters as it knows them.
 * Compare-and-set, so that asking again does no harm: the second time the expected voters are not
 * there any more, and the wanted ones are.
 *
 * <p>Runs on the log's own thread; {@link #voters} on any.
 */
final class VoterChanges {
  private static final long AGAIN_MILLIS = 50;

  /** Numbers of requests, apart from those of proposals. */
  private static final long NUMBERS_FROM = 1L << 62;

  private static final class Change {
    final Membership expected;
    final Membership next;
    final Consumer<Outcome> answer;
    @Nullable ScheduledFuture<?> deadline;
    @Nullable ScheduledFuture<?> again;

    /** Attempts that may have put it into a log. */
    int open;

    /** The leader says that it is in force. */
    boolean confirmed;

    String why = "no leader was found";

    Change(Membership expected, Membership next, Consumer<Outcome> answer) {
      this.expected = expected;
      this.next = next;
      this.answer = answer;
    }
  }

  private final ScheduledExecutorService thread;
  private final Routes routes;
  private final Courier courier;
  private final String self;
  private final List<Change> changes = new ArrayList<>();
  private long numbers = NUMBERS_FROM;
  private LogPosition at = LogPosition.NONE;
  private volatile Membership voters;
  private @Nullable String stopped;

  VoterChanges(
      ScheduledExecutorService thread,
      Routes routes,
      Courier courier,
      String self,
      Membership voters) {
    this.thread = thread;
    this.routes = routes;
    this.courier = courier;
    this.self = self;
    this.voters = voters;
  }

  Membership voters() {
    return voters;
  }

  void reconfigure(
      Membership expected, Membership next, long timeoutNanos, Consumer<Outcome> answer) {
    String wrong = stopped != null ? stopped : expected.whyNotNext(next);
    if (wrong != null) {
      answer.accept(new Outcome.Refused(wrong));
      return;
    }
    Change c = new Change(expected, next, answer);
    changes.add(c);
    c.deadline = thread.schedule(() -> giveUp(c), timeoutNanos, TimeUnit.NANOSECONDS);
    attempt(c);
  }

  private void attempt(Change c) {
    if (!changes.contains(c) || c.confirmed) {
      return;
    }
    RaftServer engine = routes.engine();
    RaftPeer leader = routes.leader();
    if (engine == null || leader == null) {
      again(c);
      return;
    }
    c.open++;
    var _ =
        courier
            .setVoters(engine, leader, numbers++, c.expected, c.next)
            .handleAsync(
                (reply, failure) -> {
                  ended(c, reply, failure);
                  return null;
                },
                thread);
  }

  private void again(Change c) {
    c.again = thread.schedule(() -> attempt(c), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void ended(Change c, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
    if (!changes.contains(c)) {
      return;
    }
    if (reply != null && reply.isSuccess()) {
      c.confirmed = true;
      settle(c);
      return;
    }
    Throwable why = reply == null ? cause(failure) : reply.getException();
    c.why = String.valueOf(why);
    if (isCertain(why)) {
      c.open--;
    }
    if (why instanceof SetConfigurationException && c.open == 0) {
      answer(c, new Outcome.Refused(c.why));
    } else {
      again(c);
    }
  }

  /** True if the change was turned down before it came into a log. */
  private static boolean isCertain(@Nullable Throwable why) {
    return why instanceof SetConfigurationException
        || why instanceof ReconfigurationTimeoutException
        || why instanceof ReconfigurationInProgressException
        || why instanceof LeaderNotReadyException;
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** A change of the voters is committed, whoever asked for it. */
  void changed(LogPosition position, Membership now) {
    at = position;
    voters = now;
    for (Change c : List.copyOf(changes)) {
      settle(c);
    }
  }

  private void settle(Change c) {
    if (voters.equals(c.next) && (c.confirmed || c.open > 0)) {
      answer(c, new Outcome.Applied(at, new byte[0]));
    } else if (c.confirmed && !c.next.has(self)) {
      answer(c, new Outcome.Applied(LogPosition.NONE, new byte[0]));
    }
  }

  private void giveUp(Change c) {
    if (changes.contains(c)) {
      answer(c, c.open == 0 ? new Outcome.Refused(c.why) : new Outcome.Unknown(c.why));
    }
  }

  private void answer(Change c, Outcome outcome) {
    changes.remove(c);
    for (ScheduledFuture<?> timer : new ScheduledFuture<?>[] {c.deadline, c.again}) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
    c.answer.accept(outcome);
  }

  /** Answers what is under way, and refuses all that comes. */
  void stop(String why) {
    if (stopped == null) {
      stopped = why;
      for (Change c : List.copyOf(changes)) {
        c.why = why;
        giveUp(c);
      }
    }
  }
}

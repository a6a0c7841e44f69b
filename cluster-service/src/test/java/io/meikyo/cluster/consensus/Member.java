// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.consensus.StateMachine;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/** A member for tests: where it is, and short words for what is done with it. */
final class Member {
  private static final long ANSWER_SECONDS = 60;

  /** Keeps words, and counts how often each was applied. */
  static final class Words implements StateMachine {
    private final List<String> words = new ArrayList<>();

    @Override
    public synchronized byte[] apply(LogPosition at, byte[] command) {
      words.add(new String(command, StandardCharsets.UTF_8));
      return command;
    }

    @Override
    public synchronized byte[] snapshot() {
      return String.join(" ", words).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized void restore(LogPosition at, byte[] snapshot) {
      words.clear();
      words.addAll(List.of(new String(snapshot, StandardCharsets.UTF_8).split(" ", -1)));
    }

    synchronized List<String> words() {
      return List.copyOf(words);
    }
  }

  final Voter voter;
  final Path folder;
  final @Nullable Tls tls;
  final List<String> said = new CopyOnWriteArrayList<>();
  Function<String, @Nullable String> memberAt = address -> null;

  Member(String id, Path folder, @Nullable Tls tls) throws IOException {
    this(new Voter(id, "127.0.0.1:" + FreePort.take()), folder, tls);
  }

  Member(Voter voter, Path folder, @Nullable Tls tls) {
    this.voter = voter;
    this.folder = folder;
    this.tls = tls;
  }

  MemberSetup setup() {
    return new MemberSetup(voter, folder, Timing.CALM, tls, true, said::add, memberAt);
  }

  RatisStore boot(ServerInterceptor... onLink) throws IOException {
    return new RatisStore(setup(), Set.of(onLink));
  }

  static Outcome propose(ConsensusLog log, String word) {
    return propose(log, word, 30);
  }

  static Outcome propose(ConsensusLog log, String word, int seconds) {
    CompletableFuture<Outcome> answer = new CompletableFuture<>();
    log.propose(
        word.getBytes(StandardCharsets.UTF_8), TimeUnit.SECONDS.toNanos(seconds), answer::complete);
    return answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
  }

  static void applied(ConsensusLog log, String... words) {
    for (String word : words) {
      assertThat(propose(log, word)).isInstanceOf(Outcome.Applied.class);
    }
  }

  static Outcome reconfigure(ConsensusLog log, Membership next, int seconds) {
    CompletableFuture<Outcome> answer = new CompletableFuture<>();
    log.reconfigure(log.membership(), next, TimeUnit.SECONDS.toNanos(seconds), answer::complete);
    return answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
  }

  static List<String> words(@Nullable Sealed sealed) {
    assertThat(sealed).isNotNull();
    return List.of(new String(sealed.snapshot(), StandardCharsets.UTF_8).split(" ", -1));
  }

  static void await(BooleanSupplier isTrue, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    while (!isTrue.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as("waits in vain for " + what).isNegative();
      LockSupport.parkNanos(5_000_000);
    }
  }
}

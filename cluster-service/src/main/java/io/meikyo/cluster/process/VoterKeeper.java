// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes those vote who are admitted and configured, one at a time. Works on the member that takes
 * itself for the leader; what others do at the same time is refused by the log, which compares the
 * membership that was expected. Called on one thread.
 */
final class VoterKeeper {
  private static final long CHANGE_NANOS = 20_000_000_000L;

  private final Consumer<Notice> says;
  private volatile boolean busy;

  VoterKeeper(Consumer<Notice> says) {
    this.says = says;
  }

  /**
   * Looks whether somebody is to be added or removed.
   *
   * @param heard whether a member's service answers; others are not added yet
   */
  void look(
      ConsensusLog log,
      ClusterState state,
      @Nullable ClusterConfig config,
      Predicate<String> heard) {
    if (busy || config == null || !state.founded() || !log.hint().leading()) {
      return;
    }
    Membership now = log.membership();
    Membership next = next(now, wanted(state, config), heard);
    if (next == null) {
      return;
    }
    busy = true;
    List<Voter> more = next.voters().stream().filter(v -> !now.voters().contains(v)).toList();
    String who = more.isEmpty() ? "-" : more.getFirst().id();
    log.reconfigure(
        now,
        next,
        CHANGE_NANOS,
        outcome -> {
          busy = false;
          switch (outcome) {
            case Outcome.Applied a -> says.accept(Notice.of(ServiceNotice.VOTER_ADDED, who));
            case Outcome.Refused r ->
                says.accept(Notice.of(ServiceNotice.VOTER_NOT_ADDED, who, r.why()));
            case Outcome.Unknown u ->
                says.accept(Notice.of(ServiceNotice.VOTER_NOT_ADDED, who, u.why()));
          }
        });
  }

  /** Those who should vote: admitted, and with an address. */
  static List<Voter> wanted(ClusterState state, ClusterConfig config) {
    List<Voter> all = new ArrayList<>();
    for (ServerState member : state.servers().values()) {
      String address = address(member, config);
      if (address != null) {
        all.add(new Voter(member.name() + "#" + member.incarnation(), address));
      }
    }
    all.sort(Comparator.comparing(Voter::id));
    return all;
  }

  private static @Nullable String address(ServerState member, ClusterConfig config) {
    if (member.role() == MemberRole.WITNESS) {
      return config.witness() instanceof Witness.Voter v && v.name().equals(member.name())
          ? text(v.address())
          : null;
    }
    return config.server(member.name()).map(Server::consensus).map(VoterKeeper::text).orElse(null);
  }

  static String text(HostPort address) {
    return address.toString();
  }

  /** The membership one step nearer; null if there is nothing to do. */
  static @Nullable Membership next(Membership now, List<Voter> wanted, Predicate<String> heard) {
    for (Voter v : now.voters()) {
      boolean replaced =
          wanted.stream().noneMatch(w -> w.id().equals(v.id()))
              && wanted.stream()
                  .anyMatch(w -> MemberJournal.nameOf(w.id()).equals(MemberJournal.nameOf(v.id())));
      boolean gone =
          wanted.stream()
              .noneMatch(w -> MemberJournal.nameOf(w.id()).equals(MemberJournal.nameOf(v.id())));
      if ((replaced || gone) && now.voters().size() > 1) {
        List<Voter> fewer = new ArrayList<>(now.voters());
        fewer.remove(v);
        return new Membership(fewer);
      }
    }
    for (Voter w : wanted) {
      if (!now.has(w.id()) && heard.test(MemberJournal.nameOf(w.id()))) {
        List<Voter> more = new ArrayList<>(now.voters());
        more.add(w);
        more.sort(Comparator.comparing(Voter::id));
        return new Membership(more);
      }
    }
    return null;
  }
}

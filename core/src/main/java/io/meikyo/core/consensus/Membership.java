// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who votes in a group.
 *
 * @param voters in the order of their names
 */
public record Membership(List<Voter> voters) {
  /**
   * One voter.
   *
   * @param id name and incarnation, {@code server1#3}: one that lost its memory of its votes comes
   *     back under another
   * @param address {@code host:port} where its log listens
   */
  public record Voter(String id, String address) {}

  /** Sorts and freezes the list. */
  public Membership {
    voters = voters.stream().sorted(Comparator.comparing(Voter::id)).toList();
  }

  /**
   * Why these voters may not be changed to those; null if they may. Voters change one at a time:
   * any majority of the old and any of the new then have one in common.
   */
  public @Nullable String whyNotNext(Membership next) {
    Set<Voter> added = new HashSet<>(next.voters);
    added.removeAll(voters);
    Set<Voter> removed = new HashSet<>(voters);
    removed.removeAll(next.voters);
    if (added.size() + removed.size() != 1) {
      return "not one voter more or less";
    }
    if (next.voters.isEmpty()) {
      return "nobody would be left to vote";
    }
    if (next.voters.stream().map(Voter::id).distinct().count() != next.voters.size()) {
      return "one voter stands in it twice";
    }
    return null;
  }

  /** True if this id votes. */
  public boolean has(String id) {
    return voters.stream().anyMatch(v -> v.id().equals(id));
  }
}

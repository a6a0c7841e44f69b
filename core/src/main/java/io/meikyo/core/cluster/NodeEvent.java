// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.notice.Notice;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a {@link ClusterNode} is told. */
public sealed interface NodeEvent {

  /** Time has passed. */
  record Tick() implements NodeEvent {}

  /**
   * A command was applied, or a snapshot taken.
   *
   * @param proposal the command; null for a snapshot
   */
  record Applied(LogPosition at, @Nullable Proposal proposal, ClusterState state, Verdict verdict)
      implements NodeEvent {}

  /** Who votes in the consensus group. */
  record Voters(Set<String> names) implements NodeEvent {
    /** Freezes the set. */
    public Voters {
      names = Collections.unmodifiableSet(new TreeSet<>(names));
    }
  }

  /**
   * The configuration of this version, read.
   *
   * @param found resources that were found running here, when this service started
   */
  record Configured(long version, ClusterConfig config, Set<String> found) implements NodeEvent {
    /** Freezes the set. */
    public Configured {
      found = Collections.unmodifiableSet(new TreeSet<>(found));
    }
  }

  /** A heartbeat came. */
  record Beat(Heartbeat beat) implements NodeEvent {}

  /** An answer to a heartbeat came. */
  record BeatAnswered(Heartbeat.Answer answer) implements NodeEvent {}

  /**
   * A proposal of ours has ended.
   *
   * @param verdict what the rules said; null if nobody knows whether it will ever be applied, or if
   *     it surely will not
   */
  record Answered(long number, @Nullable Verdict verdict) implements NodeEvent {}

  /** A task with a resource ended. */
  record TaskEnded(String group, long number, boolean well, @Nullable Notice said)
      implements NodeEvent {}

  /** A monitor has looked. */
  record Looked(String monitor, boolean well, Notice said) implements NodeEvent {}

  /** A monitor's script has ended. */
  record ScriptEnded(String monitor, boolean well) implements NodeEvent {}

  /**
   * What our mirror agent says.
   *
   * @param askedAt when it was asked, ns of the clock of {@link ClusterNode}: what it says was true
   *     at that time or later
   * @param runs it answers
   * @param promisedAgo how long ago the last promise ended that one of its replicas gave to an
   *     active elsewhere, ns; negative as long as one holds
   * @param hears servers whose agents it hears
   * @param disks per mirror disk that it serves
   */
  record Agent(
      long askedAt, boolean runs, long promisedAgo, Set<String> hears, Map<String, DiskView> disks)
      implements NodeEvent {
    /** Freezes both. */
    public Agent {
      hears = Collections.unmodifiableSet(new TreeSet<>(hears));
      disks = Collections.unmodifiableMap(new TreeMap<>(disks));
    }

    /** It does not answer. */
    public static Agent silent(long askedAt) {
      return new Agent(askedAt, false, 0, Set.of(), Map.of());
    }

    /**
     * A mirror disk as its agent sees it.
     *
     * @param active it is active here
     * @param followed the in-sync peers follow in this epoch, and have answered lately: that is the
     *     lease (rule R5)
     */
    public record DiskView(boolean active, boolean followed, Still still) {}

    /**
     * What stands still of a mirror disk.
     *
     * @param held a hold stands here
     * @param flag the backup flag on the partition here is on
     * @param cutId the last cut that this replica has seen; 0 if none
     * @param cutVoid an image of that cut must not be used
     * @param imageWaits a restored image is here, and its restore is not finished
     */
    public record Still(
        boolean held, boolean flag, long cutId, boolean cutVoid, boolean imageWaits) {
      /** The same where no restored image waits. */
      public Still(boolean held, boolean flag, long cutId, boolean cutVoid) {
        this(held, flag, cutId, cutVoid, false);
      }

      /** Nothing is held, and there was no cut. */
      public static final Still NONE = new Still(false, false, 0, false);
    }
  }

  /** Somebody wants a command carried out, and to be told. */
  record Ask(long id, Command command) implements NodeEvent {}

  /** The operator starts or stops the cluster service on this server. */
  record Serve(long id, boolean run) implements NodeEvent {}

  /**
   * This server begins a backup now: until it stands, or this is said of no backup any more, nobody
   * else may say that it is over.
   *
   * @param cutId 0: none
   */
  record Carries(long cutId) implements NodeEvent {}

  /**
   * Arbitration is won: nobody else can go on from this consensus group. Until its successor has a
   * lease of its own, which takes some seconds at most, this server may act as owner.
   */
  record Sovereign() implements NodeEvent {}
}

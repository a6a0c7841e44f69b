// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.mirror.SetRecord;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster has decided about one mirror disk.
 *
 * @param record who is active and who is in sync
 * @param forced the operator's word that a server may become active though it is not in sync; null
 *     if there is none that was not used up
 * @param pairing what restored replicas have asked for, until each of them has; null if none has
 */
public record DiskState(
    String name,
    UUID diskId,
    SetRecord record,
    @Nullable Forced forced,
    @Nullable Pairing pairing) {

  /**
   * The operator's word, for one activation.
   *
   * @param version version of the record that the operator saw
   */
  public record Forced(String server, String by, long atMillis, long version) {}

  /**
   * Restored replicas that become a mirror with no copy (rule R13).
   *
   * @param next the record that they ask for
   * @param askedBy those that have, bit per replica number
   */
  public record Pairing(SetRecord next, int askedBy) {
    boolean whole() {
      return (askedBy & next.inSyncMask()) == next.inSyncMask();
    }
  }

  /** One of which no restored replica has asked for anything. */
  public DiskState(String name, UUID diskId, SetRecord record, @Nullable Forced forced) {
    this(name, diskId, record, forced, null);
  }

  DiskState decided(SetRecord next) {
    boolean used = forced != null && next.version() > forced.version();
    return new DiskState(name, diskId, next, used ? null : forced);
  }

  DiskState forcedBy(@Nullable Forced word) {
    return new DiskState(name, diskId, record, word, pairing);
  }

  /** A replica has asked for this; what others have asked for that differs is forgotten. */
  DiskState asked(SetRecord next, int replica) {
    int others = pairing != null && pairing.next().equals(next) ? pairing.askedBy() : 0;
    return new DiskState(name, diskId, record, forced, new Pairing(next, others | 1 << replica));
  }
}

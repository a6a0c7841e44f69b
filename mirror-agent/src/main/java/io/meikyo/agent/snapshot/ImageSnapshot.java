// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.partition.Superblock;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that a storage keeps: writes need not know of it. One of a former life is looked for
 * first, and cannot be read before it is found.
 */
final class ImageSnapshot extends Snapshot {
  private @Nullable Taken taken;
  private boolean stands = true;
  private boolean stays;

  /**
   * Taken, or to be found.
   *
   * @param taken null: by a former life
   */
  ImageSnapshot(
      @Nullable Taken taken, Superblock atCut, long takenMillis, boolean ledHere, Owner owner) {
    super(atCut, takenMillis, ledHere, owner);
    this.taken = taken;
  }

  /** It is there, where a former life has left it. */
  void found(Taken there) {
    taken = there;
  }

  @Override
  @Nullable Taken taken() {
    return taken;
  }

  @Override
  boolean stands() {
    return stands;
  }

  @Override
  boolean readable() {
    return stands && taken != null && taken.fd() >= 0;
  }

  @Override
  int slotOf(long chunk) {
    return -1;
  }

  @Override
  int diskFd() {
    return taken == null ? -1 : taken.fd();
  }

  @Override
  int storeFd() {
    throw new IllegalStateException("an image has no store");
  }

  @Override
  long usedBytes() {
    return 0;
  }

  @Override
  long capBytes() {
    return 0;
  }

  @Override
  void delete() {
    lose(Why.DELETED, "");
  }

  /** It is of no use any more. */
  void lose(Why what, String words) {
    if (stands) {
      because(what, words);
      stands = false;
      owner.lost(this);
      unusedIfLost();
    }
  }

  /** Nobody can open it. It is not removed for that, unless somebody deletes it. */
  void notFound(String reason) {
    stays = true;
    lose(Why.FAILED, reason);
  }

  /** This life ends, and the snapshot does not. */
  void leave() {
    stays = true;
    stands = false;
    unusedIfLost();
  }

  /** It is not removed when nothing uses it any more. */
  boolean stays() {
    return stays;
  }
}

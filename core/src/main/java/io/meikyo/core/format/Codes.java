// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for names. A number is never given to another name, and the order of the names in the
 * code does not matter; a new name without a number does not compile.
 */
final class Codes {
  private Codes() {}

  static int of(Condition c) {
    return switch (c) {
      case BLANK -> 1;
      case CONSISTENT -> 2;
      case INCONSISTENT -> 3;
      case RESTORED -> 4;
      case FAILED -> 5;
    };
  }

  static @Nullable Condition condition(int code) {
    return switch (code) {
      case 1 -> Condition.BLANK;
      case 2 -> Condition.CONSISTENT;
      case 3 -> Condition.INCONSISTENT;
      case 4 -> Condition.RESTORED;
      case 5 -> Condition.FAILED;
      default -> null;
    };
  }

  static int of(CutStatus s) {
    return switch (s) {
      case NONE -> 1;
      case UNPROVEN -> 2;
      case PROVEN -> 3;
      case UNEQUAL -> 4;
      case VOID -> 5;
    };
  }

  static @Nullable CutStatus cutStatus(int code) {
    return switch (code) {
      case 1 -> CutStatus.NONE;
      case 2 -> CutStatus.UNPROVEN;
      case 3 -> CutStatus.PROVEN;
      case 4 -> CutStatus.UNEQUAL;
      case 5 -> CutStatus.VOID;
      default -> null;
    };
  }

  static int of(Role r) {
    return switch (r) {
      case DETACHED -> 1;
      case STANDBY -> 2;
      case PROMOTING -> 3;
      case ACTIVE -> 4;
      case DEMOTING -> 5;
      case FAILED -> 6;
    };
  }

  static @Nullable Role role(int code) {
    return switch (code) {
      case 1 -> Role.DETACHED;
      case 2 -> Role.STANDBY;
      case 3 -> Role.PROMOTING;
      case 4 -> Role.ACTIVE;
      case 5 -> Role.DEMOTING;
      case 6 -> Role.FAILED;
      default -> null;
    };
  }

  static int of(FollowMode m) {
    return switch (m) {
      case RESUME -> 1;
      case RECONCILE -> 2;
      case DIFFERENTIAL -> 3;
      case FULL -> 4;
      case BEHIND -> 5;
      case NONE -> 6;
    };
  }

  static @Nullable FollowMode followMode(int code) {
    return switch (code) {
      case 1 -> FollowMode.RESUME;
      case 2 -> FollowMode.RECONCILE;
      case 3 -> FollowMode.DIFFERENTIAL;
      case 4 -> FollowMode.FULL;
      case 5 -> FollowMode.BEHIND;
      case 6 -> FollowMode.NONE;
      default -> null;
    };
  }

  static int of(Parting p) {
    return switch (p) {
      case OLD_EPOCH -> 1;
      case DISK_FAILED -> 2;
      case DETACHING -> 3;
      case PROTOCOL -> 4;
      case SILENT -> 5;
      case PROMOTING -> 6;
      case REFUSED -> 7;
      case TOO_FAR_BEHIND -> 8;
    };
  }

  static @Nullable Parting parting(int code) {
    return switch (code) {
      case 1 -> Parting.OLD_EPOCH;
      case 2 -> Parting.DISK_FAILED;
      case 3 -> Parting.DETACHING;
      case 4 -> Parting.PROTOCOL;
      case 5 -> Parting.SILENT;
      case 6 -> Parting.PROMOTING;
      case 7 -> Parting.REFUSED;
      case 8 -> Parting.TOO_FAR_BEHIND;
      default -> null;
    };
  }
}

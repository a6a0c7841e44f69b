// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * The legal steps of a hold.
 *
 * <pre>
 *   NONE ─▶ REGISTERING ─▶ DRAINING ─▶ SETTLING ─▶ HELD ─▶ CUTTING ─▶ CUT ─▶ ENDING ─▶ NONE
 *     └───────(no backup mode)──▲                    └────(release)──────────▲
 *   every state but NONE ──(peer lost, deadline, error, stop, role lost)──▶ VOIDING or NONE
 *   VOIDING ─▶ NONE
 * </pre>
 */
final class HoldTable {
  private HoldTable() {}

  static boolean legal(HoldState from, HoldState to) {
    return switch (to) {
      case NONE -> from != HoldState.NONE;
      case REGISTERING -> from == HoldState.NONE;
      case DRAINING -> from == HoldState.NONE || from == HoldState.REGISTERING;
      case SETTLING -> from == HoldState.DRAINING;
      case HELD -> from == HoldState.SETTLING;
      case CUTTING -> from == HoldState.HELD;
      case CUT -> from == HoldState.CUTTING;
      case ENDING -> from == HoldState.HELD || from == HoldState.CUT;
      case VOIDING -> from != HoldState.NONE && from != HoldState.VOIDING;
    };
  }
}

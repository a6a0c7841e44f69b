// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * The legal steps between roles.
 *
 * <pre>
 *   DETACHED ──attach──▶ STANDBY ──activate──▶ PROMOTING ──committed──▶ ACTIVE
 *      ▲                  │  ▲  ▲                  │                    │   │
 *      └──────detach──────┘  │  └────refused───────┘     deactivate     │   │
 *                            │                                 ▼        │   │
 *                            ├───────────────given back──── DEMOTING    │   │
 *                            └───────────────superseded────────┴────────┘   │
 *   STANDBY, PROMOTING, ACTIVE, DEMOTING ──disk error──▶ FAILED ◀───────────┘
 *   FAILED ──detach──▶ DETACHED
 * </pre>
 */
final class RoleTable {
  private RoleTable() {}

  static boolean legal(Role from, Role to) {
    return switch (to) {
      case DETACHED -> from == Role.STANDBY || from == Role.FAILED;
      case STANDBY ->
          from == Role.DETACHED
              || from == Role.PROMOTING
              || from == Role.ACTIVE
              || from == Role.DEMOTING;
      case PROMOTING -> from == Role.STANDBY;
      case ACTIVE -> from == Role.PROMOTING;
      case DEMOTING -> from == Role.ACTIVE;
      case FAILED -> from != Role.DETACHED && from != Role.FAILED;
    };
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

/** On xfs. */
class XfsKillTest extends MountedKills {
  XfsKillTest() {
    super("xfs");
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

/** On ext4. */
class Ext4KillTest extends MountedKills {
  Ext4KillTest() {
    super("ext4");
  }
}

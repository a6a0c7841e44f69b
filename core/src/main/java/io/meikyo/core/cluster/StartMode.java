// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/** What a server does at boot. */
public enum StartMode {
  /** The cluster service starts, and groups as their own start modes say. */
  AUTO,
  /** Nothing starts until somebody says so. */
  MANUAL,
  /** Nothing starts as long as backup mode is on; then as before. */
  HELD
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

/** How two agents that keep the record themselves stand to each other. */
enum PairState {
  /** The other is not heard, and nobody has said that it is off: what must be decided waits. */
  WAITING,
  /** Both have the same decisions and make new ones together. */
  TOGETHER,
  /** The operator has said that the other is off: this side decides alone. */
  ALONE,
  /** Both have decided alone; whose decisions count is the operator's word. */
  APART,
  /** The journal here is gone: what was decided last is known to the other side only. */
  LOST,
  /** The state folder cannot be written: nothing is decided until the agent starts again. */
  BROKEN
}

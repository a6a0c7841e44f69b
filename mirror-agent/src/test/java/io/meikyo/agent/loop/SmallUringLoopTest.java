// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

/** With a ring so small that both queues overflow all the time. */
class SmallUringLoopTest extends UringLoopTest {
  @Override
  IoLoop newLoop() throws Exception {
    return new UringLoop(2, 4);
  }
}

// SPDX-License-Identifier: Apache-2.0
/**
 * The keeper: a small process that outlives the mirror agent, so that the users of a device wait
 * while an agent is restarted, get errors and do not hang for ever when none comes, and never find
 * a file system frozen for good.
 *
 * <p>{@link io.meikyo.agent.keeper.KeeperMain} is the process, {@link
 * io.meikyo.agent.keeper.KeeperClient} the agent's end, {@link
 * io.meikyo.agent.keeper.KeeperMessage} what they say to each other. The keeper knows descriptors,
 * device numbers and deadlines; no mirror, no configuration, no log.
 */
@NullMarked
package io.meikyo.agent.keeper;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The event loop of one mirror disk: one thread that begins all I/O and takes all completions, so
 * that nothing above it needs a lock.
 *
 * <p>It knows descriptors, memory and instants, and nothing of mirrors. {@link
 * io.meikyo.agent.loop.IoLoop} is what the rest of the agent is written against; one contract kit
 * runs on every implementation.
 */
@NullMarked
package io.meikyo.agent.loop;

import org.jspecify.annotations.NullMarked;

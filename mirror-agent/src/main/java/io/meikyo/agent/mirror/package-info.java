// SPDX-License-Identifier: Apache-2.0
/**
 * One mirror disk of one server at work: the engine of {@code io.meikyo.core.mirror} and its edges,
 * on one {@link io.meikyo.agent.loop.IoLoop}.
 *
 * <p>{@link io.meikyo.agent.mirror.MirrorDriver} gives the engine its events and carries out its
 * effects; the data partition, the cluster partition, the link and the deciding record are edges
 * behind small interfaces; {@link io.meikyo.agent.mirror.MirrorBlocks} is what front ends see.
 * Everything here is for the loop's thread.
 */
@NullMarked
package io.meikyo.agent.mirror;

import org.jspecify.annotations.NullMarked;

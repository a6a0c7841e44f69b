// SPDX-License-Identifier: Apache-2.0
/**
 * The mirror agent: owns the replicas of one server and drives {@code io.meikyo.core.mirror}.
 *
 * <p>Today: only the name. Partitions, link and front ends arrive here.
 */
@NullMarked
package io.meikyo.agent;

import org.jspecify.annotations.NullMarked;

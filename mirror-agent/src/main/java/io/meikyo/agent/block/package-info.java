// SPDX-License-Identifier: Apache-2.0
/**
 * The one block-layer interface: what front ends ask, and what answers them. A mirror disk is a
 * {@link io.meikyo.agent.block.BlockService}, and so are a disk in memory and layers that delay or
 * fail requests.
 */
@NullMarked
package io.meikyo.agent.block;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0

/**
 * Snapshots of one replica: what must be copied before a write may change it, and where a reader
 * finds a chunk. Knows no disk, thread or clock; the mirror agent and the simulator are its edges.
 */
@NullMarked
package io.meikyo.core.snapshot;

import org.jspecify.annotations.NullMarked;

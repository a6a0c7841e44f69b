// SPDX-License-Identifier: Apache-2.0
/**
 * The deterministic simulator: whole clusters in one thread, from one seed.
 *
 * <p>Today: only the name. Simulated clock, disks and network arrive here.
 */
@NullMarked
package io.meikyo.sim;

import org.jspecify.annotations.NullMarked;

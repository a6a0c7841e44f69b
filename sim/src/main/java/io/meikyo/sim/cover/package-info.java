// SPDX-License-Identifier: Apache-2.0
/** Counts what the simulated clusters went through, and the list of what they must have. */
@NullMarked
package io.meikyo.sim.cover;

import org.jspecify.annotations.NullMarked;

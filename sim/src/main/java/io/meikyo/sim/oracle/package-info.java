// SPDX-License-Identifier: Apache-2.0
/**
 * What a mirror disk may answer: the permitted values of each block, computed from what the
 * application asked and was told, which servers lost their power, and what the authority decided.
 *
 * <p>It knows numbers only and shares no code with the engine that it judges. The argument why it
 * never accuses a correct engine is in {@link io.meikyo.sim.oracle.Registers}.
 */
@NullMarked
package io.meikyo.sim.oracle;

import org.jspecify.annotations.NullMarked;

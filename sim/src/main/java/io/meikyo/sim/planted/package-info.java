// SPDX-License-Identifier: Apache-2.0
/**
 * Proof of the proof: bugs that are planted in a copy of the source, each of which a law checker of
 * the simulator must find. Nothing of this is in shipped code.
 */
@NullMarked
package io.meikyo.sim.planted;

import org.jspecify.annotations.NullMarked;

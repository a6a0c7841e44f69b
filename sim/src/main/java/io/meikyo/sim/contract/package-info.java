// SPDX-License-Identifier: Apache-2.0
/**
 * What {@code core.consensus} promises, as cases that run on every implementation of it.
 *
 * <p>{@link io.meikyo.sim.contract.ConsensusContract} has the cases; a {@link
 * io.meikyo.sim.contract.ConsensusRig} is servers with disks and a network that an implementation
 * runs on. A case breaks off with an {@link java.lang.AssertionError} that says what was promised.
 * Test code, in the main sources so that two modules can use it.
 */
@NullMarked
package io.meikyo.sim.contract;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The deterministic simulator: whole clusters in one thread, from one seed.
 *
 * <p>{@link io.meikyo.sim.World} has a heap of things to happen in simulated time: servers with
 * disks that lose what was not flushed, links that cut, delay, lose and repeat, an authority whose
 * answers get lost, an application, and an operator. {@link io.meikyo.sim.SwarmOptions} is the
 * fault model. {@link io.meikyo.sim.oracle.Registers} judges every read; the classes named {@code
 * …Laws} judge the rest. A seed and a version of the code replay exactly: {@code SimMain --one SEED
 * -v} tells the story of a failure.
 */
@NullMarked
package io.meikyo.sim;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The replicated log in simulated time: a twin of the one that the cluster service uses.
 *
 * <p>{@link io.meikyo.sim.consensus.SimConsensus} is a small log of its own by the Raft rules, in
 * one thread, driven by a {@link io.meikyo.sim.consensus.Timeline} and a seed. What an engine may
 * do to its users it does often: answers get lost, a proposal that nobody believes in is applied
 * much later, members lag, a leader that nobody hears goes on saying that it leads, hints are
 * empty. It keeps the same contract as the real one: {@code io.meikyo.sim.contract}.
 */
@NullMarked
package io.meikyo.sim.consensus;

import org.jspecify.annotations.NullMarked;

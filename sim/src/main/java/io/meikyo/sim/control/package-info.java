// SPDX-License-Identifier: Apache-2.0
/**
 * The control plane in the simulator: every member of a cluster, its replicated log, its resources
 * and its people in one thread, from one seed.
 *
 * <p>{@link io.meikyo.sim.control.ControlRun} runs a seed. The rules under test are the product's
 * own ({@code core.cluster}); log, network, clocks, resources, mirror agents and people are
 * simulated. {@code Judge} says which law was broken and shares no rule with them. The mirror is a
 * small model at the boundary where agents ask for changes of the in-sync set ({@code
 * ReplicaModel}); the engine itself is judged by {@link io.meikyo.sim.SeedRun}.
 */
@NullMarked
package io.meikyo.sim.control;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of the cluster: the replicated state and its commands, leases, arbitration, and the
 * planner that turns state and health into the next steps.
 *
 * <p>Promises: pure. {@link io.meikyo.core.cluster.Rules} gives the same next state for the same
 * command on every member; {@link io.meikyo.core.cluster.Planner} gives a sentence for each
 * decision. Knows nothing of consensus, sockets, resources or clocks: times come with the events.
 */
@NullMarked
package io.meikyo.core.cluster;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * One member of the cluster at work: {@link io.meikyo.core.cluster.ClusterNode} with a clock, a log
 * and a world.
 *
 * <p>Promises: one thread gives the rules their events and carries out what they say; nothing that
 * may block runs on it. Knows no sockets and no resources: those come through interfaces.
 */
@NullMarked
package io.meikyo.cluster.node;

import org.jspecify.annotations.NullMarked;

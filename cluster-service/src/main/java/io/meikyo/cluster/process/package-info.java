// SPDX-License-Identifier: Apache-2.0
/**
 * The process of the cluster service: its folder, its parts put together, its end.
 *
 * <p>Promises: always up (rule R18): that the cluster service is "started" or "stopped" is a state
 * that it keeps; its own death stops no group and no I/O (law 11).
 */
@NullMarked
package io.meikyo.cluster.process;

import org.jspecify.annotations.NullMarked;

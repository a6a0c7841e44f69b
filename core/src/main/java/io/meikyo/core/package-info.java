// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of Meikyo: mirror, cluster and backup as state machines, event in, effects out.
 *
 * <p>Promises: the same events give the same effects, on a server and in the simulator. Knows
 * nothing of clocks, threads, files, sockets, randomness or the surroundings of the process; the
 * build refuses them (config/forbidden-in-core.txt).
 */
@NullMarked
package io.meikyo.core;

import org.jspecify.annotations.NullMarked;

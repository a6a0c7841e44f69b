// SPDX-License-Identifier: Apache-2.0
/**
 * What cluster services say to each other besides the log: signs of life, leases, and calls of one
 * for another.
 *
 * <p>Promises: a message that cannot be sent at once is dropped, not kept (a heartbeat that is late
 * is worth nothing); a stranger is refused. Knows nothing of what the messages mean.
 */
@NullMarked
package io.meikyo.cluster.peer;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * A connection's bytes on an event loop: as they are, or inside mutual TLS.
 *
 * <p>Promises: what goes in at one end comes out at the other, in order and unchanged, or the
 * connection is of no use any more; with TLS, who is at the other end is known before the first
 * byte. No work of a handshake is done on the loop's thread. Knows nothing of what the bytes say.
 */
@NullMarked
package io.meikyo.agent.channel;

import org.jspecify.annotations.NullMarked;

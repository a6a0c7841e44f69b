// SPDX-License-Identifier: Apache-2.0
/**
 * The link between two replicas of a mirror disk: TCP connections that carry the frames of {@code
 * io.meikyo.core.format.FrameCodec}.
 *
 * <p>Promises: frames arrive whole, in order and unchanged, or the connection is gone; no payload
 * is copied on its way out. Knows nothing of what the frames say: heartbeats, sessions and
 * deadlines are the engine's.
 */
@NullMarked
package io.meikyo.agent.link;

import org.jspecify.annotations.NullMarked;

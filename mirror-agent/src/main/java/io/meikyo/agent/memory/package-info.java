// SPDX-License-Identifier: Apache-2.0
/**
 * Memory for data in flight: native, on 4096 boundaries, allocated at start, capped; and what the
 * process does so that it never waits for memory itself.
 *
 * <p>It knows nothing of what the bytes are for.
 */
@NullMarked
package io.meikyo.agent.memory;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The last resort of a server that must not go on (rule R16): ways to take itself down at once.
 *
 * <p>Promises: says beforehand whether it would work ({@link
 * io.meikyo.cluster.fence.SelfFence#arm}); nothing here waits for a disk, for other servers or for
 * the end of anything. Knows nothing of when it is to be used.
 */
@NullMarked
package io.meikyo.cluster.fence;

import org.jspecify.annotations.NullMarked;

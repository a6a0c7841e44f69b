// SPDX-License-Identifier: Apache-2.0
/**
 * Work that must end: deadlines, cancellation, child processes and other people's processes.
 *
 * <p>Promises: no call here waits beyond its {@link io.meikyo.cluster.exec.Limit}, but for a second
 * in which a killed process is awaited; what hangs in the kernel hangs in a child or on a thread
 * that nobody waits for. Knows nothing of what the work is for.
 */
@NullMarked
package io.meikyo.cluster.exec;

import org.jspecify.annotations.NullMarked;

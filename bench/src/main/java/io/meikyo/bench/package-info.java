// SPDX-License-Identifier: Apache-2.0
/**
 * Meikyo measured beside others: the same jobs on each target in turn, in one run, told as ratios.
 *
 * <p>Promises: what it made (namespaces, mounts, loop devices, processes, files) is gone when it
 * ends, also when it fails. Absolute figures of a busy machine mean little, so that none is
 * compared with one of another run.
 */
@NullMarked
package io.meikyo.bench;

import org.jspecify.annotations.NullMarked;

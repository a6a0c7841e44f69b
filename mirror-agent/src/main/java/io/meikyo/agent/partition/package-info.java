// SPDX-License-Identifier: Apache-2.0
/**
 * The partitions of a replica as files and devices: opens them, makes, describes, checks and
 * repairs the cluster partition.
 *
 * <p>Promises: the contents of a data partition are never written here; nothing of anybody else's
 * is overwritten without an explicit word; what is written is durable when it is said to be. Knows
 * nothing of running replicas: the layouts and what to believe of damage are {@code
 * io.meikyo.core.format}'s.
 */
@NullMarked
package io.meikyo.agent.partition;

import org.jspecify.annotations.NullMarked;

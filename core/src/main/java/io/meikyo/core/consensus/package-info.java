// SPDX-License-Identifier: Apache-2.0
/**
 * What the cluster service needs of a replicated log, and nothing more: propose, and be told what
 * was applied.
 *
 * <p>There are no reads and no "am I the leader" that anything may rest on: engines give stale
 * answers to both. Whoever must know that he is up to date puts a command of his own into the log
 * and waits until it is applied. Two implementations, one contract kit: a real engine in the
 * cluster service, and a twin in the simulator that loses answers and applies late.
 */
@NullMarked
package io.meikyo.core.consensus;

import org.jspecify.annotations.NullMarked;

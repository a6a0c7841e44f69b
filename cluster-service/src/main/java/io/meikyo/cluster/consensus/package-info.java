// SPDX-License-Identifier: Apache-2.0
/**
 * The replicated log of the cluster service, on Apache Ratis.
 *
 * <p>Promises what {@code core.consensus} promises, and takes no more of Ratis than: put into the
 * log, be told in order what was committed, change the voters. Its reads, its leases and what it
 * says of leadership guard nothing here. Knows nothing of what the commands mean. Everything that
 * is set, with its reason, and every crash point: {@code docs/consensus.md}.
 */
@NullMarked
package io.meikyo.cluster.consensus;

import org.jspecify.annotations.NullMarked;

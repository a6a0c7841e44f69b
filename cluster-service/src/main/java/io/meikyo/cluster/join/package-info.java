// SPDX-License-Identifier: Apache-2.0
/**
 * How a server gets its certificate over the network: joining with a token, renewing with the
 * certificate that it has.
 *
 * <p>Promises: a joiner speaks its secret only to the cluster that made its token, which it knows
 * by the authority's fingerprint; a token admits once; what was granted is on disk before it is
 * answered; nobody holds up the others by being slow. Knows nothing of what members are told
 * besides: that is a {@link io.meikyo.cluster.join.JoinPolicy}'s.
 */
@NullMarked
package io.meikyo.cluster.join;

import org.jspecify.annotations.NullMarked;

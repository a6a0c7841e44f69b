// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * What the signs of life between replicas allow and forbid at one moment (rule R5).
 *
 * @param answered the active: every other replica that must confirm writes has answered so lately
 *     that none of them can have been promoted; true as well if there is none
 * @param promisedAgoNanos how long ago the last promise ended that was given to an active
 *     elsewhere, ns; negative as long as one holds. From there on nobody acts because this replica
 *     follows it
 */
public record FollowView(boolean answered, long promisedAgoNanos) {}

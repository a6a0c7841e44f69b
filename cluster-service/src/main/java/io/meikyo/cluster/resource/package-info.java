// SPDX-License-Identifier: Apache-2.0
/**
 * What a group is made of: things of this server that are started, stopped and looked at.
 *
 * <p>Promises: every call ends by the deadline of its context, or a second after it; may be
 * repeated (starting what runs and stopping what is stopped is success); says as notices what it
 * did and what it found; and finds again after a restart of the cluster service what a former life
 * has started. Knows nothing of groups, order, retries or other servers: the caller decides what is
 * started when.
 */
@NullMarked
package io.meikyo.cluster.resource;

import org.jspecify.annotations.NullMarked;

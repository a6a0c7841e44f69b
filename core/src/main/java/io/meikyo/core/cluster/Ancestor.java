// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import java.util.UUID;

/**
 * A consensus group from which the present one descends.
 *
 * @param group its id
 * @param end the last entry of it that is in our state
 * @param successor the server that made the next one
 * @param evidence how it won the right to: the kind of arbitration and what it said
 */
public record Ancestor(UUID group, LogPosition end, String successor, String evidence) {}

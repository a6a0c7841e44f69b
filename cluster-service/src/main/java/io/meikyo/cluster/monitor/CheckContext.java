// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Limit;

/**
 * Under what a look runs.
 *
 * @param limit until when it may last, and whether it is still wanted
 * @param server name of this server, for scripts
 * @param group name of the group that it is about, for scripts; empty: none
 */
public record CheckContext(Limit limit, String server, String group) {}

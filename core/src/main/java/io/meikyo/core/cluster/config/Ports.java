// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/**
 * TCP ports on every server.
 *
 * @param consensus of the consensus member
 * @param heartbeat of heartbeats
 * @param api of the API
 * @param join where servers join and renew their certificates
 */
public record Ports(int consensus, int heartbeat, int api, int join) {}

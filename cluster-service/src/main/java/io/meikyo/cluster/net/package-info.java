// SPDX-License-Identifier: Apache-2.0
/**
 * Whose address it is, on one network: asks whether somebody has it, and tells everybody that it
 * has moved. ARP for IPv4, neighbour discovery for IPv6.
 *
 * <p>Promises: packets from the network are read with distrust, and none makes anything here fail.
 * Knows nothing of resources and groups.
 */
@NullMarked
package io.meikyo.cluster.net;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Images of cuts: this server's copy of a snapshot as files, with a manifest that is written last,
 * and the list of all that were ever begun here. It reads snapshots over the mirror agent's NBD
 * socket and knows nothing of holds: a snapshot stands before a job begins.
 */
@NullMarked
package io.meikyo.cluster.backup.image;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The application of the lab: a ledger behind the floating IP, its clients outside of the servers,
 * and who watches from there that never two servers serve.
 *
 * <p>Promises: what a client was told stands, with its checksum, in a file of the mirrored disk.
 * Knows nothing of the cluster: only addresses.
 */
@NullMarked
package io.meikyo.lab.app;

import org.jspecify.annotations.NullMarked;

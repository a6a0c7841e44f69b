// SPDX-License-Identifier: Apache-2.0
/**
 * Mutual TLS between the servers of one cluster: key, certificate and authority from PEM files, TLS
 * 1.3 only, who is at the other end, and certificates that change while the process runs.
 *
 * <p>Promises: nothing is spoken with a certificate that is not of this cluster's own authority, is
 * out of date, revoked or without a server's name; a key that others may read is refused. Knows
 * nothing of sockets, of what is said, and of how certificates are made. It stands on the JDK's TLS
 * alone.
 */
@NullMarked
package io.meikyo.tls;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The cluster's own certificate authority and each server's own keys, as files: founding, tokens to
 * join with, certificates, revocation.
 *
 * <p>Promises: a private key never leaves the server that made it; what was answered is on disk; a
 * crash between any two steps leaves files that the next command goes on from. Knows nothing of
 * connections (that is {@code io.meikyo.cluster.join}) and of the cluster's state.
 */
@NullMarked
package io.meikyo.cluster.pki;

import org.jspecify.annotations.NullMarked;

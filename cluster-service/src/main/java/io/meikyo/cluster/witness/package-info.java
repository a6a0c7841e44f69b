// SPDX-License-Identifier: Apache-2.0
/**
 * Who is asked which of two servers goes on: the HTTP witness (its table, its server and the way to
 * it), a ping, a script that switches the other server off.
 *
 * <p>Promises: the witness gives each consensus group to one server only, durably before it
 * answers; a witness that has forgotten is another one, and is not believed. Knows nothing of when
 * one may ask: that is {@link io.meikyo.core.cluster.arbitration}.
 */
@NullMarked
package io.meikyo.cluster.witness;

import org.jspecify.annotations.NullMarked;

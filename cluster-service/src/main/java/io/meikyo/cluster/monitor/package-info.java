// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at one thing each: an address, a link, a disk, a process, a service.
 *
 * <p>Promises: a look ends by the deadline of its context, or a second after it, whatever it looks
 * at; changes nothing but what its page in docs says; and tells what it found. Knows nothing of
 * intervals, retries and what is done about it.
 */
@NullMarked
package io.meikyo.cluster.monitor;

import org.jspecify.annotations.NullMarked;

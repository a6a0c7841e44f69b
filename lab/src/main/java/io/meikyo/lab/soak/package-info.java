// SPDX-License-Identifier: Apache-2.0
/**
 * The soak: a mirrored file system under writers that keep book, on a machine that is always short
 * of memory, while agents are killed and the cable is cut at random.
 *
 * <p>Promises: it succeeds only when no program saw an error, every block holds what was written
 * last, on both servers, the file system is clean, and both replicas were compared. It kills only
 * what it started itself, and what is short of memory are only its own processes.
 */
@NullMarked
package io.meikyo.lab.soak;

import org.jspecify.annotations.NullMarked;

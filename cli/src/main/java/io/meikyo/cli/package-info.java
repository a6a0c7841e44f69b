// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code meikyo} command: reads arguments, calls the floors below, prints.
 *
 * <p>Promises: what went wrong is told in five parts, never as a stack trace; the exit status is 0
 * for done, 1 for failed, 2 for a wrong command line.
 */
@NullMarked
package io.meikyo.cli;

import org.jspecify.annotations.NullMarked;

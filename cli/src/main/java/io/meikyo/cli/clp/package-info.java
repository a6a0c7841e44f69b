// SPDX-License-Identifier: Apache-2.0
/**
 * The runbook's commands, {@code clp*}: names, options, order, words of success and exit status as
 * operators' scripts expect them; what they do is what the {@code meikyo} commands do.
 *
 * <p>Promises: exit status 0 all worked, 1 something did not, 2 wrong usage. What stands in the
 * runbook is said in English whatever the language; reasons are said in the operator's.
 */
@NullMarked
package io.meikyo.cli.clp;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * What must fit together in a configuration whose single values are good: names that exist, no
 * circle of dependencies, no address, port or partition used twice, times that make sense.
 *
 * <p>Promises: every rule is asked every time, so that all findings come at once; a finding that
 * only follows from a value that could not be read is left out.
 */
@NullMarked
package io.meikyo.core.cluster.config.rules;

import org.jspecify.annotations.NullMarked;

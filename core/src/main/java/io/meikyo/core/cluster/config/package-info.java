// SPDX-License-Identifier: Apache-2.0
/**
 * The cluster's configuration as values: what {@code meikyo.toml} says, with every default filled
 * in.
 *
 * <p>Promises: a value is immutable and compares by content; what was left out in the file stands
 * here as it counts. Times are ns, sizes bytes. Knows nothing of files and of TOML; which keys
 * there are, with their defaults, is in {@code form}, what must fit together in {@code rules}.
 */
@NullMarked
package io.meikyo.core.cluster.config;

import org.jspecify.annotations.NullMarked;

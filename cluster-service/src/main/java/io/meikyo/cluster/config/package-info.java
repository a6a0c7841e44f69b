// SPDX-License-Identifier: Apache-2.0
/**
 * The configuration file {@code meikyo.toml}: read with the place of everything that is wrong,
 * changed without touching what the user wrote around it, and handed on to the mirror agents.
 *
 * <p>Knows nothing of which keys there are: {@code core.cluster.config} does.
 */
@NullMarked
package io.meikyo.cluster.config;

import org.jspecify.annotations.NullMarked;

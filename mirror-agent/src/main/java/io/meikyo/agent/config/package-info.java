// SPDX-License-Identifier: Apache-2.0
/**
 * The mirror agent's configuration: one TOML file, read whole, with every error named by line.
 *
 * <p>Knows nothing of what is done with it.
 */
@NullMarked
package io.meikyo.agent.config;

import org.jspecify.annotations.NullMarked;

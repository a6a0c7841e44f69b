// SPDX-License-Identifier: Apache-2.0
/**
 * The control plane of one server: membership, groups, monitors and commands.
 *
 * <p>Promises: drives the rules of {@code core.cluster} with real consensus, real resources and
 * real monitors; may die and be started again without one I/O noticing (law 11). Knows nothing of
 * the data: that is the mirror agent's.
 */
@NullMarked
package io.meikyo.cluster;

import org.jspecify.annotations.NullMarked;

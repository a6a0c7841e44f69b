// SPDX-License-Identifier: Apache-2.0
/**
 * The deciding record of a mirror disk (who is active, who is in sync) kept by a small process of
 * its own: one file per mirror disk, changed by compare-and-set only.
 *
 * <p>Promises: a change is on stable storage before anybody is told that it was made; a proposal
 * that is asked about again is found. Knows nothing of what the numbers mean: the engine does.
 */
@NullMarked
package io.meikyo.agent.record;

import org.jspecify.annotations.NullMarked;

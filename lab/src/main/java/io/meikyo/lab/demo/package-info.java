// SPDX-License-Identifier: Apache-2.0
/**
 * The demo: a real database on a mirrored disk in the lab, under load from a client that keeps its
 * own account of what was acknowledged to it, while agents and servers die.
 *
 * <p>Promises: {@code demo: OK} is said only when every acknowledged row was found again, with its
 * content, after each loss, and both replicas were compared block by block.
 */
@NullMarked
package io.meikyo.lab.demo;

import org.jspecify.annotations.NullMarked;

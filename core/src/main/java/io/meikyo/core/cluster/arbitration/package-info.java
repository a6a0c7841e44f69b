// SPDX-License-Identifier: Apache-2.0
/**
 * Two voters have lost each other: who may go on, and how he makes the successor of their consensus
 * group. And when they meet again: who is whose successor.
 *
 * <pre>
 *   together ─▶ waits (its own lease rules) ─▶ asks the arbiter ─▶ won ─▶ succession
 *                   ▲                             │ unknown     (journal, seal the parent,
 *                   └─────────────────────────────┘              create, IMPORT, journal)
 *                                                 └─▶ lost: waits for the winner, joins him
 * </pre>
 *
 * <p>Promises: pure, without a clock; nothing is sealed before arbitration is won, since sealing
 * cannot be taken back; each broken-off succession goes on from its journal. What each kind of
 * arbitration may authorise is one table ({@link
 * io.meikyo.core.cluster.arbitration.ArbitrationTable}, docs/arbitration.md). Knows no network and
 * no files.
 */
@NullMarked
package io.meikyo.core.cluster.arbitration;

import org.jspecify.annotations.NullMarked;

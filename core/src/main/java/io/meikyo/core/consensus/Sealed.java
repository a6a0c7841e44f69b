// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

/**
 * A group that this member has left for ever.
 *
 * @param at the last entry of this member's log, committed or not
 * @param snapshot the state with every entry up to there applied
 */
public record Sealed(LogPosition at, byte[] snapshot) {}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

import org.jspecify.annotations.Nullable;

/**
 * What the engine believes about leadership: advice for people and for choosing whom to ask first,
 * and never more.
 *
 * @param leading true if this member takes itself for the leader
 * @param leader id of the leader that it knows; null if none
 */
public record Hint(boolean leading, long term, @Nullable String leader) {}

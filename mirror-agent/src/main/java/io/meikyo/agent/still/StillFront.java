// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the users of a mirror disk have.
 *
 * @param hasDevice it makes a block device while it is active
 * @param device that device; null: none now. Any thread
 * @param secondsMax the longest hold that they bear, s
 * @param kind what it is, for people: {@code FUSE}, {@code NBD}
 * @param keeper who thaws when the agent cannot; null: nobody
 */
public record StillFront(
    boolean hasDevice,
    Supplier<@Nullable Path> device,
    long secondsMax,
    String kind,
    @Nullable FreezeKeeper keeper) {}

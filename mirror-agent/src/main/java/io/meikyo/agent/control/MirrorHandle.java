// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.MirrorDisk;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A mirror disk as commands reach it from other threads.
 *
 * @param disk only for the loop's thread
 * @param loop its loop
 * @param fronts what is shown of its front ends, name by value; called on the loop's thread
 * @param drop takes the front ends from their users at once, ends when that is done; called on the
 *     loop's thread
 */
public record MirrorHandle(
    MirrorDisk disk,
    IoLoop loop,
    Supplier<Map<String, String>> fronts,
    Supplier<CompletableFuture<Void>> drop) {}

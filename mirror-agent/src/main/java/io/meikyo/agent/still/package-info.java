// SPDX-License-Identifier: Apache-2.0
/**
 * The still point of one server: all mirror disks of an online backup stand still together, with
 * their file systems frozen, until they are let go.
 *
 * <p>{@link io.meikyo.agent.still.StillPoint} keeps the order of rule R10 and undoes what was done
 * when a step fails; the engine holds and cuts; the keeper thaws if this process is gone. Promises:
 * all disks of a call are held, or none; whatever hangs in the kernel hangs in a child process or
 * on a thread that nobody waits for; what was frozen here is noted where the next life finds it.
 * Knows nothing of servers, groups or the flag's meaning.
 */
@NullMarked
package io.meikyo.agent.still;

import org.jspecify.annotations.NullMarked;

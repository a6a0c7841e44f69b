// SPDX-License-Identifier: Apache-2.0
/**
 * The device that a file system is mounted on: made when this server becomes active, taken away
 * when it ceases to be, found again by a restarted agent.
 *
 * <p>{@link io.meikyo.agent.front.ServedDevice} is what the agent sees. There are two kinds, {@link
 * io.meikyo.agent.front.DeviceFront} and {@link io.meikyo.agent.front.NbdDevice}; {@link
 * io.meikyo.agent.front.FrontChoice} says which this machine allows. It knows the FUSE and NBD
 * servers and the kernel's side of both, and {@link io.meikyo.agent.front.FrontKeeper} as an
 * interface.
 */
@NullMarked
package io.meikyo.agent.front;

import org.jspecify.annotations.NullMarked;

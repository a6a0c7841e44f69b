// SPDX-License-Identifier: Apache-2.0
/**
 * Block devices as files of a FUSE file system: what a loop device is put on where the kernel has
 * neither nbd nor ublk.
 *
 * <p>{@link io.meikyo.agent.fuse.FuseRequest} and {@link io.meikyo.agent.fuse.FuseReply} are the
 * kernel's protocol to the byte, {@link io.meikyo.agent.fuse.FuseTree} answers what is about names
 * and sizes without any I/O, and {@link io.meikyo.agent.fuse.FuseServer} is the edge on an {@link
 * io.meikyo.agent.loop.IoLoop}. It knows {@link io.meikyo.agent.block.BlockService}s, and neither
 * mirrors nor mounts.
 */
@NullMarked
package io.meikyo.agent.fuse;

import org.jspecify.annotations.NullMarked;

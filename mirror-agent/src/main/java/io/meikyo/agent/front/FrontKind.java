// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

/** Ways in which a mirror disk becomes a block device of this kernel. */
public enum FrontKind {
  /** A FUSE file with a loop device on it: {@link DeviceFront}. */
  FUSE_LOOP,
  /** The kernel's NBD client: {@link NbdDevice}. */
  KERNEL_NBD
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import io.meikyo.agent.block.BlockService;

/**
 * One file of the file system: a block device under a name.
 *
 * @param name one word, at most 255 bytes of ASCII
 * @param service what reads and writes it; its size is the file's
 */
public record FuseFile(String name, BlockService service) {

  /** Checks the name. */
  public FuseFile {
    if (!name.matches("[A-Za-z0-9_.+-]{1,255}") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("not a file name: " + name);
    }
  }

  /** Size in bytes. */
  long bytes() {
    return service.blocks() * service.blockBytes();
  }
}

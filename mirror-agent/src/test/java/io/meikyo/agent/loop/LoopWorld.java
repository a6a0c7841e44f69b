// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Where the descriptors of the contract come from: the kernel, or a simulation. Any thread. */
interface LoopWorld extends AutoCloseable {
  /** A listening socket, and the address that reaches it. */
  record Listener(int fd, MemorySegment address) {}

  /** The loop under test, which belongs to this world. */
  IoLoop loop();

  /** A file of so many zero bytes, for reading and writing. */
  int file(int bytes);

  /** Two sockets, connected, with small buffers. */
  int[] pair();

  Listener listener();

  /** A socket that can connect to a listener. */
  int socket();

  /** An address at which nobody listens. */
  MemorySegment nobody();

  /** Closes a socket so that the other side is reset. */
  void reset(int socket);

  /** True if the descriptor is open. */
  boolean isOpen(int fd);

  /** Native memory, zero, on a 4096 boundary, until the world closes. */
  MemorySegment memory(int bytes);

  /** Memory with a text. */
  default MemorySegment text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    MemorySegment memory = memory(bytes.length);
    memory.copyFrom(MemorySegment.ofArray(bytes));
    return memory;
  }

  /** Closes all that is still open. */
  @Override
  void close();
}

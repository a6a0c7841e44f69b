// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Finds holes in a file: ranges that have no place on the disk yet (lseek(2) with SEEK_HOLE). Java
 * has no call for it. Space that was only reserved counts as a hole too, as it must be: writing to
 * it changes the file system's own data.
 */
final class Holes {
  private static final int O_RDONLY = 0;
  private static final int SEEK_HOLE = 4;

  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle LSEEK =
      handle(
          "lseek",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private Holes() {}

  @SuppressWarnings("restricted") // the native calls of this class are its purpose
  private static MethodHandle handle(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol = linker.defaultLookup().find(name).orElseThrow();
    return linker.downcallHandle(symbol, descriptor, options);
  }

  /** Offset of the first hole of a regular file; its size if there is none. */
  static long first(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY);
      if (fd < 0) {
        throw new IOException("cannot open " + file);
      }
      long hole = (long) LSEEK.invokeExact(fd, 0L, SEEK_HOLE);
      int closed = (int) CLOSE.invokeExact(fd);
      if (hole < 0 || closed != 0) {
        throw new IOException("cannot look for holes in " + file);
      }
      return hole;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

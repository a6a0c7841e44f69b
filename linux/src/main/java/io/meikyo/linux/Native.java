// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * How the functions of the C library are called.
 *
 * <p>Each handle takes, before its own arguments, the segment that catches errno; a thread has one
 * of its own for life ({@link #state}).
 */
final class Native {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final java.lang.foreign.AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATES =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private static final MethodHandle SYSCALL =
      variadic("syscall", 1, FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG));

  private Native() {}

  /** A function of the C library. */
  static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return link(name, descriptor, Linker.Option.captureCallState("errno"));
  }

  /** A function whose arguments from number {@code first} on (counted from 0) are "...". */
  static MethodHandle variadic(String name, int first, FunctionDescriptor descriptor) {
    return link(
        name,
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(first));
  }

  @SuppressWarnings("restricted") // calling the C library is what this module is for
  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), descriptor, options);
  }

  /** Where this thread's errno is caught. */
  static MemorySegment state() {
    return STATES.get();
  }

  /** A new place for errno, for somebody who keeps it at hand. */
  static MemorySegment newState(Arena arena) {
    return arena.allocate(STATE);
  }

  /** What was returned, or the errno with its sign changed. */
  static int result(int returned, MemorySegment state) {
    return returned >= 0 ? returned : -(int) ERRNO.get(state, 0L);
  }

  /** What was returned, or the errno with its sign changed. */
  static long result(long returned, MemorySegment state) {
    return returned >= 0 ? returned : -(int) ERRNO.get(state, 0L);
  }

  /** syscall(2), for what the C library has no function for. */
  static long syscall(
      MemorySegment state, long number, long a, long b, long c, long d, long e, long f) {
    try {
      return result((long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f), state);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * Calls a function in the slow and short way, for what sets something up.
   *
   * @param arguments exactly typed: Integer, Long, MemorySegment
   * @return what it returned, or the errno with its sign changed
   */
  static int setUp(MethodHandle function, Object... arguments) {
    MemorySegment state = state();
    Object[] all = new Object[arguments.length + 1];
    all[0] = state;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try {
      return result((int) function.invokeWithArguments(all), state);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** A downcall throws nothing of its own; what comes all the same is a fault of this module. */
  static RuntimeException impossible(Throwable thrown) {
    if (thrown instanceof RuntimeException e) {
      return e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(thrown);
  }
}

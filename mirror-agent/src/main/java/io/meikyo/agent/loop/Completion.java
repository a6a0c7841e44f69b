// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

/** Takes the end of one operation of an {@link IoLoop}. */
@FunctionalInterface
public interface Completion {
  /**
   * The operation has ended. Called once, on the loop's thread, never from inside the call that
   * began the operation.
   *
   * @param result what the system call returned: bytes, a descriptor, an event mask or 0; negative:
   *     the errno, with its sign changed
   */
  void done(int result);
}

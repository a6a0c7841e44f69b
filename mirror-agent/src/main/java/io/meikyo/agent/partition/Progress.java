// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

/** Told how far a long piece of work has come. */
@FunctionalInterface
public interface Progress {
  /** Nobody looks. */
  Progress NONE = (what, done, total) -> {};

  /**
   * So many bytes of so many are written.
   *
   * @param what the file that is being written
   */
  void at(String what, long done, long total);
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ends the work at a given step of writing files, as a crash would. */
final class Crash implements DurableFiles.Steps {
  /** What ends it. */
  static final class Happened extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final int at;
  final List<String> steps = new ArrayList<>();

  /**
   * A crash.
   *
   * @param at after so many steps; -1: never
   */
  Crash(int at) {
    this.at = at;
  }

  @Override
  public void done(String step, Path file) {
    steps.add(step + " " + file.getFileName());
    if (steps.size() - 1 == at) {
      throw new Happened();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.machine;

import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * User-Mode Linux as a distribution packages it.
 *
 * @param kernel the program
 * @param modules folder with a folder of modules for each release
 */
public record Uml(Path kernel, Path modules) {
  private static final String PACKAGE = "user-mode-linux";

  /**
   * Where its package was installed, or unpacked.
   *
   * @param root {@code /}, or the folder in which the package was unpacked
   * @throws LabProblem it is not there
   */
  public static Uml below(Path root) throws LabProblem {
    Uml found = new Uml(root.resolve("usr/bin/linux.uml"), root.resolve("usr/lib/uml/modules"));
    if (!Files.isExecutable(found.kernel)) {
      throw new LabProblem(LabNotice.NO_PROGRAM, "linux.uml", PACKAGE);
    }
    return found;
  }
}

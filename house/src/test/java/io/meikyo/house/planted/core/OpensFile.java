// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class OpensFile {

  private OpensFile() {}

  static boolean exists(String path) {
    return java.nio.file.Files.exists(java.nio.file.Path.of(path));
  }
}

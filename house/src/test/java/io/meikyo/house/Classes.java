// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** The compiled classes: ours, without the tests, or planted ones. */
final class Classes {

  private static final JavaClasses ALL = new ClassFileImporter().importPackages("io.meikyo");

  private Classes() {}

  static List<JavaClass> ours() {
    return ALL.stream().filter(type -> !isHouse(type)).toList();
  }

  static List<JavaClass> in(String packageRoot) {
    return ALL.stream()
        .filter(type -> (type.getPackageName() + ".").startsWith(packageRoot + "."))
        .toList();
  }

  static byte[] bytes(JavaClass type) {
    try (var in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isHouse(JavaClass type) {
    return (type.getPackageName() + ".").startsWith("io.meikyo.house.");
  }
}

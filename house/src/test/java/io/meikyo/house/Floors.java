// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The one table of modules and floors. The poms, the classes and ARCHITECTURE.md must agree with
 * it.
 */
final class Floors {

  /**
   * A module of the build.
   *
   * @param packageRoot where all its classes are
   * @param uses the modules that it may use: exactly those that its pom names
   */
  record Module(String name, int floor, String packageRoot, Set<String> uses) {

    boolean owns(JavaClass type) {
      String name = type.getPackageName();
      return name.equals(packageRoot) || name.startsWith(packageRoot + ".");
    }
  }

  static final List<Module> ALL =
      List.of(
          new Module("core", 0, "io.meikyo.core", Set.of()),
          new Module("picocli", 0, "picocli", Set.of()),
          new Module("texts", 1, "io.meikyo.texts", Set.of("core")),
          new Module("linux", 1, "io.meikyo.linux", Set.of()),
          new Module("tls", 1, "io.meikyo.tls", Set.of("core")),
          new Module("sim", 1, "io.meikyo.sim", Set.of("core")),
          new Module("mirror-agent", 2, "io.meikyo.agent", Set.of("core", "texts", "linux", "tls")),
          new Module(
              "cluster-service",
              3,
              "io.meikyo.cluster",
              // sim in its tests only: the contract of the replicated log
              Set.of("core", "texts", "linux", "sim", "tls", "mirror-agent")),
          new Module(
              "lab",
              4,
              "io.meikyo.lab",
              Set.of("core", "texts", "linux", "mirror-agent", "cluster-service")),
          new Module(
              "bench", 3, "io.meikyo.bench", Set.of("core", "texts", "linux", "mirror-agent")),
          new Module(
              "cli",
              5,
              "io.meikyo.cli",
              Set.of(
                  "core",
                  "texts",
                  "sim",
                  "tls",
                  "mirror-agent",
                  "cluster-service",
                  "lab",
                  "bench",
                  "picocli")),
          new Module(
              "house",
              6,
              "io.meikyo.house",
              Set.of(
                  "core",
                  "texts",
                  "linux",
                  "sim",
                  "tls",
                  "mirror-agent",
                  "cluster-service",
                  "lab",
                  "bench",
                  "cli")));

  private Floors() {}

  static Module named(String name) {
    return ALL.stream().filter(module -> module.name().equals(name)).findFirst().orElseThrow();
  }

  /** Each use of a module that is not on a lower floor. */
  static List<String> notDownward(List<Module> modules) {
    List<String> found = new ArrayList<>();
    for (Module module : modules) {
      for (Module used : modules) {
        if (module.uses().contains(used.name()) && used.floor() >= module.floor()) {
          found.add(module.name() + " (" + module.floor() + ") uses " + used.name());
        }
      }
    }
    return found;
  }

  /** Each class in no module, and each dependency on a module that the table does not allow. */
  static List<String> notAllowed(Iterable<JavaClass> classes, List<Module> modules) {
    List<String> found = new ArrayList<>();
    for (JavaClass type : classes) {
      Optional<Module> owner = owner(type, modules);
      if (owner.isEmpty()) {
        found.add(type.getName() + " is in the package of no module");
        continue;
      }
      forbidden(type, owner.get(), modules).map(Dependency::getDescription).forEach(found::add);
    }
    return found;
  }

  private static Stream<Dependency> forbidden(JavaClass type, Module owner, List<Module> modules) {
    return type.getDirectDependenciesFromSelf().stream()
        .filter(dependency -> {
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          Optional<Module> used = owner(target, modules);
          return used.isPresent()
              && !used.get().equals(owner)
              && !owner.uses().contains(used.get().name());
        });
  }

  private static Optional<Module> owner(JavaClass type, List<Module> modules) {
    return modules.stream().filter(module -> module.owns(type)).findFirst();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import de.thetaphi.forbiddenapis.Checker;
import de.thetaphi.forbiddenapis.ForbiddenApiException;
import de.thetaphi.forbiddenapis.Logger;
import de.thetaphi.forbiddenapis.ParseException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The checks that keep core a function from events to effects. Three nets, because each has holes:
 * what is forbidden by name (also run by core's own build), what is allowed (catches what nobody
 * thought of), and what has no name in a call (synchronized, volatile).
 */
final class CorePurity {

  /**
   * Packages of which core may use every class that config/forbidden-in-core.txt does not forbid.
   */
  private static final Set<String> PACKAGES =
      Set.of(
          "java.lang",
          "java.lang.annotation",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.math",
          "java.nio",
          "java.nio.charset",
          "java.util",
          "java.util.function",
          "java.util.stream",
          "org.jspecify.annotations");

  /** Single classes of other packages: values and pure functions. */
  private static final Set<String> CLASSES =
      Set.of(
          "java.io.Serial",
          "java.io.Serializable",
          "java.time.Duration",
          "java.time.Instant",
          "java.util.zip.CRC32C",
          "java.util.zip.Checksum");

  private CorePurity() {}

  /** Uses of classes that are not on the list of what core may use. */
  static List<String> notAllowed(List<JavaClass> classes, String packageRoot) {
    List<String> found = new ArrayList<>();
    for (JavaClass type : classes) {
      for (var dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (!isAllowed(target, packageRoot)) {
          found.add(dependency.getDescription());
        }
      }
    }
    return found;
  }

  private static boolean isAllowed(JavaClass target, String packageRoot) {
    return target.isPrimitive()
        || PACKAGES.contains(target.getPackageName())
        || CLASSES.contains(target.getName())
        || (target.getPackageName() + ".").startsWith(packageRoot + ".");
  }

  /** Locks and volatile fields. */
  static List<String> threaded(List<JavaClass> classes) {
    List<String> found = new ArrayList<>();
    for (JavaClass type : classes) {
      type.getFields().stream()
          .filter(field -> field.getModifiers().contains(JavaModifier.VOLATILE))
          .forEach(field -> found.add(field.getFullName() + " is volatile"));
      type.getMethods().stream()
          .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
          .forEach(method -> found.add(method.getFullName() + " is synchronized"));
      ClassModel model = ClassFile.of().parse(Classes.bytes(type));
      for (MethodModel method : model.methods()) {
        if (method.code().map(CorePurity::locks).orElse(false)) {
          found.add(type.getName() + "." + method.methodName() + " has a synchronized block");
        }
      }
    }
    return found;
  }

  private static boolean locks(CodeModel code) {
    return code.elementStream().anyMatch(MonitorInstruction.class::isInstance);
  }

  /** What config/forbidden-in-core.txt finds in these classes, as core's build would print it. */
  static List<String> forbidden(List<JavaClass> classes) {
    List<String> found = new ArrayList<>();
    Checker checker =
        new Checker(
            new ErrorsTo(found),
            CorePurity.class.getClassLoader(),
            Checker.Option.FAIL_ON_VIOLATION,
            Checker.Option.FAIL_ON_UNRESOLVABLE_SIGNATURES);
    try {
      checker.parseSignaturesFile(Tree.root().resolve("config/forbidden-in-core.txt").toFile());
      for (JavaClass type : classes) {
        checker.streamReadClassToCheck(
            new ByteArrayInputStream(Classes.bytes(type)), type.getName());
      }
      checker.run();
    } catch (ForbiddenApiException e) {
      found.add(String.valueOf(e.getMessage()));
    } catch (IOException | ParseException e) {
      throw new IllegalStateException(e);
    }
    return found;
  }

  private record ErrorsTo(List<String> found) implements Logger {

    @Override
    public void error(String text) {
      found.add(text);
    }

    @Override
    public void warn(String text) {}

    @Override
    public void info(String text) {}

    @Override
    public void debug(String text) {}
  }
}

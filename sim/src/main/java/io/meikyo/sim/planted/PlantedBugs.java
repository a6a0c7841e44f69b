// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.planted;

import io.meikyo.core.mirror.MirrorEngine;
import io.meikyo.sim.SeedRun;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Plants each bug in a copy of the source, runs the standard seeds on it until a law checker finds
 * it, and prints the table: bug, seed, law.
 *
 * <p>Only the changed files are compiled; the result is laid over the product's own classes in a
 * class loader of its own. A bug counts as found when a law is broken; an exception of the engine
 * is told and does not count.
 */
public final class PlantedBugs {
  /** Characters of a finding that are printed; the rest stands in the replay of its seed. */
  private static final int FINDING_MAX = 100;

  /**
   * What came of one bug.
   *
   * @param patch the bug
   * @param seed the first seed that found it, -1 if none did
   * @param finding law and sentence
   * @param tried seeds that were run
   * @param thrown of them, those that ended with an exception instead
   */
  public record Found(Patch patch, long seed, String finding, long tried, long thrown) {}

  private final Path root;
  private final int threads;

  /** {@code root}: the folder that has {@code core} and {@code sim} in it. */
  public PlantedBugs(Path root, int threads) {
    this.root = root;
    this.threads = threads;
  }

  /** The patches of this checkout. */
  public List<Patch> patches() throws IOException {
    return Patch.all(root.resolve("sim/planted"));
  }

  /** Runs all, or those whose names contain {@code filter}. Returns 1 if one was not found. */
  public int run(String filter, long from, long seeds, boolean known, PrintStream out)
      throws IOException {
    int missed = 0;
    int all = 0;
    for (Patch p : patches()) {
      if (!p.name().contains(filter)) {
        continue;
      }
      all++;
      Found f = known && p.seed() >= 0 ? find(p, p.seed(), 1) : find(p, from, seeds);
      missed += f.seed() < 0 ? 1 : 0;
      out.println(line(f));
    }
    out.printf(Locale.ROOT, "%d planted bugs, %d not found%n", all, missed);
    return missed == 0 && all > 0 ? 0 : 1;
  }

  private static String line(Found f) {
    String sentence = f.patch().name() + ": " + f.patch().sentence();
    if (f.seed() < 0) {
      return String.format(
          Locale.ROOT, "NOT FOUND  in %d seeds (%d threw)  %s", f.tried(), f.thrown(), sentence);
    }
    String finding = f.finding();
    if (finding.length() > FINDING_MAX) {
      finding = finding.substring(0, FINDING_MAX) + "…";
    }
    return String.format(Locale.ROOT, "%-46s seed %-6d %s", f.patch().name(), f.seed(), finding);
  }

  /** Runs seeds on the bug until one finds it. */
  public Found find(Patch patch, long from, long seeds) throws IOException {
    Path folder = Files.createTempDirectory("meikyo-planted");
    try {
      compile(patch, folder);
      URL[] urls = {folder.toUri().toURL(), home(MirrorEngine.class), home(SeedRun.class)};
      try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
        return search(patch, loader, from, seeds);
      }
    } finally {
      delete(folder);
    }
  }

  private void compile(Patch patch, Path folder) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("planting bugs needs a JDK, this is a runtime without a compiler");
    }
    List<String> args = new ArrayList<>();
    args.addAll(List.of("-nowarn", "-proc:none", "-implicit:none", "-d", folder.toString()));
    args.addAll(List.of("-cp", System.getProperty("java.class.path", "")));
    Path sources = folder.resolve("sources");
    for (Map.Entry<String, String> e : patch.apply(root).entrySet()) {
      Path file = sources.resolve(e.getKey());
      Files.createDirectories(file.resolveSibling("."));
      Files.writeString(file, e.getValue());
      args.add(file.toString());
    }
    args.add(annotation(sources).toString());
    if (compiler.run(null, null, null, args.toArray(String[]::new)) != 0) {
      throw new IOException(patch.name() + ": the changed source does not compile");
    }
  }

  /** The one annotation that the sources use: the installed product does not carry its library. */
  private static Path annotation(Path sources) throws IOException {
    Path file = sources.resolve("org/jspecify/annotations/Nullable.java");
    Files.createDirectories(file.resolveSibling("."));
    return Files.writeString(
        file,
        "package org.jspecify.annotations;"
            + "@java.lang.annotation.Target(java.lang.annotation.ElementType.TYPE_USE)"
            + "public @interface Nullable {}");
  }

  private static URL home(Class<?> c) throws IOException {
    try {
      return c.getProtectionDomain().getCodeSource().getLocation().toURI().toURL();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private Found search(Patch patch, ClassLoader loader, long from, long seeds) {
    ClassLoader own = Objects.requireNonNull(PlantedBugs.class.getClassLoader());
    AtomicLong next = new AtomicLong(from);
    AtomicLong tried = new AtomicLong();
    AtomicLong thrown = new AtomicLong();
    AtomicReference<@Nullable Found> best = new AtomicReference<>();
    List<Thread> workers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      workers.add(
          Thread.ofPlatform()
              .name("planted-" + t)
              .start(() -> {
                long seed;
                while (best.get() == null && (seed = next.getAndIncrement()) < from + seeds) {
                  String finding = one(patch, loader, seed);
                  tried.incrementAndGet();
                  if (isLaw(finding) && one(patch, own, seed).isEmpty()) {
                    best.compareAndSet(null, new Found(patch, seed, finding, 0, 0));
                  } else if (!finding.isEmpty()) {
                    thrown.incrementAndGet();
                  }
                }
              }));
    }
    for (Thread w : workers) {
      try {
        w.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    Found f = best.get();
    return f == null
        ? new Found(patch, -1, "", tried.get(), thrown.get())
        : new Found(patch, f.seed(), f.finding(), tried.get(), thrown.get());
  }

  /** What the interface's own rules and exceptions say does not count. */
  private static boolean isLaw(String finding) {
    return finding.startsWith("law")
        || finding.startsWith("rule")
        || finding.startsWith("agreement");
  }

  /** Law and sentence that the seed breaks, or nothing. */
  private static String one(Patch patch, ClassLoader loader, long seed) {
    try {
      Method brief = Class.forName(patch.run(), true, loader).getMethod("brief", long.class);
      return String.valueOf(brief.invoke(null, seed));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(p);
      }
    }
  }
}

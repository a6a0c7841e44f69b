// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.NbdClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which kind of device this kernel allows.
 *
 * <p>Where nothing else is wished: FUSE, if the kernel sends again what a dead agent had under way
 * (Linux 6.9); else the kernel's NBD client, if there is one; else FUSE, whose users get errors
 * when an agent dies with requests under way.
 *
 * @param kind the one to use; null if there is none
 * @param why if there is none: what is missing, as a sentence for people
 */
public record FrontChoice(@Nullable FrontKind kind, @Nullable Notice why) {
  private static final String NBD = "nbd";
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

  /**
   * What the kernel has.
   *
   * @param fuse the device of FUSE
   * @param loop the device that makes loop devices
   * @param resends whether FUSE sends again what a dead server had under way
   * @param nbd why its NBD client cannot be used; empty: it can, as far as is seen
   */
  public record Kernel(boolean fuse, boolean loop, boolean resends, String nbd) {

    /**
     * Looks below a root folder; loads no module.
     *
     * @param root {@code /}; another one for tests
     */
    public static Kernel below(Path root) throws IOException {
      Path file = root.resolve("proc/sys/kernel/osrelease");
      String release = Files.exists(file) ? Files.readString(file).strip() : "";
      return new Kernel(
          Files.exists(root.resolve("dev/fuse")),
          Files.exists(root.resolve("dev/loop-control")),
          isFrom(release, 6, 9),
          hasModule(root, release) ? "" : "the kernel has no module nbd");
    }

    private static boolean isFrom(String release, int major, int minor) {
      Matcher m = RELEASE.matcher(release);
      if (!m.matches()) {
        return false;
      }
      int difference = Integer.compare(Integer.parseInt(m.group(1)), major);
      return difference > 0 || (difference == 0 && Integer.parseInt(m.group(2)) >= minor);
    }

    private static boolean hasModule(Path root, String release) throws IOException {
      if (Files.exists(root.resolve("sys/module").resolve(NBD))) {
        return true;
      }
      if (release.isEmpty()) {
        return false;
      }
      Path modules = root.resolve("lib/modules").resolve(release);
      for (String list : List.of("modules.dep", "modules.builtin")) {
        Path file = modules.resolve(list);
        if (Files.exists(file)) {
          try (var lines = Files.lines(file)) {
            if (lines.anyMatch(line -> line.matches("\\S*/" + NBD + "\\.ko(\\.\\w+)?(:.*)?"))) {
              return true;
            }
          }
        }
      }
      return false;
    }

    /** The same, but its NBD client cannot be used. */
    Kernel withoutNbd(String why) {
      return new Kernel(fuse, loop, resends, why);
    }
  }

  /**
   * The best of what this machine has. Loads the kernel's NBD client if that is it, by modprobe(8).
   *
   * @param wished the only one that will do; null: any
   */
  public static FrontChoice here(@Nullable FrontKind wished)
      throws IOException, InterruptedException {
    Kernel kernel = Kernel.below(Path.of("/"));
    FrontChoice choice = of(kernel, wished);
    if (choice.kind != FrontKind.KERNEL_NBD) {
      return choice;
    }
    String why = load();
    return why.isEmpty() ? choice : of(kernel.withoutNbd(why), wished);
  }

  /** Makes the NBD client usable. Empty, or why it is not. */
  private static String load() throws IOException, InterruptedException {
    try {
      NbdClient.check();
      return "";
    } catch (LinuxException e) {
      // Not loaded yet, perhaps.
    }
    String said = "";
    try {
      Process modprobe =
          new ProcessBuilder("modprobe", NBD)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .start();
      said = new String(modprobe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      modprobe.waitFor();
    } catch (IOException e) {
      said = String.valueOf(e.getMessage());
    }
    try {
      NbdClient.check();
      return "";
    } catch (LinuxException e) {
      return said.isEmpty() ? String.valueOf(e.getMessage()) : said;
    }
  }

  /** The best of what a kernel has. */
  static FrontChoice of(Kernel kernel, @Nullable FrontKind wished) {
    boolean fuse = kernel.fuse && kernel.loop && wished != FrontKind.KERNEL_NBD;
    boolean nbd = kernel.nbd.isEmpty() && wished != FrontKind.FUSE_LOOP;
    if (fuse && (kernel.resends || !nbd)) {
      return new FrontChoice(FrontKind.FUSE_LOOP, null);
    }
    if (nbd) {
      return new FrontChoice(FrontKind.KERNEL_NBD, null);
    }
    if (wished == FrontKind.KERNEL_NBD) {
      return new FrontChoice(null, Notice.of(FrontNotice.NO_NBD, kernel.nbd));
    }
    List<String> missing = new ArrayList<>();
    if (!kernel.fuse) {
      missing.add("/dev/fuse");
    }
    if (!kernel.loop) {
      missing.add("/dev/loop-control");
    }
    String absent = String.join(", ", missing);
    return new FrontChoice(
        null,
        wished == null
            ? Notice.of(FrontNotice.NO_KIND, absent, kernel.nbd)
            : Notice.of(FrontNotice.NO_FUSE, absent));
  }
}

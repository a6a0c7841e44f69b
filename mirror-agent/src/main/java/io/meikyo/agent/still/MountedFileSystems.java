// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * File systems that this process sees mounted, frozen by {@code fsfreeze}, synced by {@code sync}.
 * Only for the still point's thread.
 */
final class MountedFileSystems implements FileSystems {
  private static final String SYNC = "sync";
  private static final String FREEZE = "fsfreeze";
  private static final Path BLOCK = Path.of("/sys/dev/block");

  /** What the two programs say of EBUSY and EINVAL when they speak English. */
  private static final String BUSY = "Device or resource busy";

  private static final String INVALID = "Invalid argument";

  private static final CompletableFuture<?> NEVER = new CompletableFuture<>();

  /** Children that wait for the word to begin. */
  private final Map<Order, Tool> waiting = new HashMap<>();

  @Override
  public @Nullable String missing() {
    List<String> missing = new ArrayList<>();
    for (String program : List.of(FREEZE, SYNC)) {
      if (Tool.find(program) == null) {
        missing.add(program);
      }
    }
    return missing.isEmpty() ? null : String.join(", ", missing);
  }

  // ---- looking

  @Override
  public Found find(Map<String, Path> devices) throws IOException {
    Map<DeviceNumber, String> mirrors = new LinkedHashMap<>();
    for (Map.Entry<String, Path> e : devices.entrySet()) {
      mirrors.put(FileStat.of(e.getValue()).device(), e.getKey());
    }
    List<Mounts.Mounted> all = Mounts.all();
    Map<DeviceNumber, StillMount> found = new LinkedHashMap<>();
    Map<DeviceNumber, StillMount> hidden = new HashMap<>();
    for (Mounts.Mounted m : all) {
      String mirror = mirrors.get(m.device());
      if (mirror == null && m.device().major() == 0) {
        mirror = mirrors.get(source(m)); // btrfs gives itself a number of its own
      }
      if (mirror != null) {
        StillMount mount = new StillMount(mirror, m.device(), m.at());
        (isSeen(m) ? found : hidden).putIfAbsent(m.device(), mount);
      }
    }
    List<Notice> remarks = new ArrayList<>();
    hidden.forEach((device, mount) -> {
      if (!found.containsKey(device)) {
        remarks.add(Notice.of(StillNotice.HIDDEN, mount.mirror(), mount.at()));
      }
    });
    // A path within another one is longer: so outer ones come first, also if one was moved there.
    List<StillMount> mounts = new ArrayList<>(found.values());
    mounts.sort(Comparator.comparingInt(m -> m.at().getNameCount()));
    for (Map.Entry<DeviceNumber, String> e : mirrors.entrySet()) {
      String what = String.join(", ", above(e.getKey(), mounts, e.getValue()));
      if (!what.isEmpty()) {
        remarks.add(Notice.of(StillNotice.ABOVE, e.getValue(), what));
      }
    }
    return new Found(mounts, remarks);
  }

  private static @Nullable DeviceNumber source(Mounts.Mounted m) {
    try {
      return m.source().startsWith("/dev/") ? FileStat.of(Path.of(m.source())).device() : null;
    } catch (LinuxException e) {
      return null; // it goes by a name that is none any more
    }
  }

  /** Its path leads to it: a folder, and nothing else is mounted over it. */
  private static boolean isSeen(Mounts.Mounted m) {
    try {
      FileStat stat = FileStat.of(m.at());
      return stat.kind() == FileStat.Kind.FOLDER
          && (m.device().major() == 0 || stat.fileSystem().equals(m.device()));
    } catch (LinuxException e) {
      return false;
    }
  }

  /** What is built on the device, or on files in it, and may hold file systems of its own. */
  private static List<String> above(DeviceNumber device, List<StillMount> mounts, String mirror)
      throws IOException {
    List<String> names = new ArrayList<>();
    Path block = BLOCK.resolve(device.toString());
    if (Files.isDirectory(block.resolve("holders"))) {
      try (DirectoryStream<Path> holders = Files.newDirectoryStream(block.resolve("holders"))) {
        holders.forEach(h -> names.add(String.valueOf(h.getFileName())));
      }
    }
    if (Files.isDirectory(block)) {
      try (DirectoryStream<Path> parts =
          Files.newDirectoryStream(block, p -> Files.exists(p.resolve("partition")))) {
        parts.forEach(p -> names.add(String.valueOf(p.getFileName())));
      }
    }
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      for (StillMount m : mounts) {
        if (m.mirror().equals(mirror) && Path.of(loop.backing()).startsWith(m.at())) {
          names.add(loop.device().toString());
        }
      }
    }
    names.sort(null);
    return names;
  }

  // ---- acting

  /** A program with its option on a mount. */
  private record Order(String program, String option, StillMount mount) {
    static Order sync(StillMount mount) {
      return new Order(SYNC, "-f", mount);
    }

    static Order freeze(StillMount mount) {
      return new Order(FREEZE, "-f", mount);
    }

    static Order thaw(StillMount mount) {
      return new Order(FREEZE, "-u", mount);
    }
  }

  @Override
  public void ready(List<StillMount> mounts) {
    for (StillMount m : mounts) {
      for (Order order : List.of(Order.sync(m), Order.freeze(m), Order.thaw(m))) {
        Path found = Tool.find(order.program);
        if (found != null) {
          try {
            waiting.put(order, Tool.ready(words(found, order)));
          } catch (IOException e) {
            // There is no room for a process now; the step says so itself if there is none then.
            return;
          }
        }
      }
    }
  }

  @Override
  public void restNow() {
    waiting.values().forEach(Tool::close);
    waiting.clear();
  }

  @Override
  public End sync(StillMount mount, long nanos, CompletableFuture<?> stop) {
    return run(begin(Order.sync(mount)), nanos, stop, null);
  }

  @Override
  public End freeze(StillMount mount, long nanos, CompletableFuture<?> stop) {
    return run(begin(Order.freeze(mount)), nanos, stop, BUSY);
  }

  @Override
  public List<End> thaw(List<StillMount> mounts, long nanos) {
    long deadline = System.nanoTime() + nanos;
    List<Begun> begun = new ArrayList<>();
    for (StillMount mount : mounts) {
      begun.add(begin(Order.thaw(mount)));
    }
    List<End> ends = new ArrayList<>();
    for (Begun each : begun) {
      ends.add(run(each, deadline - System.nanoTime(), NEVER, INVALID));
    }
    return ends;
  }

  /** A child, or why there is none. */
  private record Begun(@Nullable Tool tool, String why) {}

  private static List<String> words(Path program, Order order) {
    return List.of(program.toString(), order.option, order.mount.at().toString());
  }

  private Begun begin(Order order) {
    Tool ready = waiting.remove(order);
    if (ready != null && ready.go()) {
      return new Begun(ready, "");
    }
    Path found = Tool.find(order.program);
    if (found == null) {
      return new Begun(null, "there is no program " + order.program);
    }
    try {
      return new Begun(Tool.begin(words(found, order)), "");
    } catch (IOException e) {
      return new Begun(null, String.valueOf(e.getMessage()));
    }
  }

  private static End run(
      Begun begun, long nanos, CompletableFuture<?> stop, @Nullable String already) {
    Tool tool = begun.tool;
    if (tool == null) {
      return new End(How.FAILED, begun.why, End.NOBODY);
    }
    Tool.End end = tool.end(nanos, stop);
    How how;
    if (end.status() == 0) {
      how = How.DONE;
    } else if (end.status() < 0) {
      how = How.CUT_SHORT;
    } else {
      how = already != null && end.said().contains(already) ? How.ALREADY : How.FAILED;
    }
    return new End(how, end.said(), end.gone());
  }
}

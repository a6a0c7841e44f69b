// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the processes of a server cost, as the kernel counts it. */
final class LabCosts {
  private static final long TICK_MILLIS = 10;

  private LabCosts() {}

  /** Per service of a server that runs. */
  static Map<String, LabCost> of(Path run, int init) throws IOException {
    Map<String, LabCost> all = new LinkedHashMap<>();
    for (String service : List.of("service", "agent", "keeper")) {
      Path file = run.resolve(service + ".pid");
      if (Files.exists(file)) {
        String inner = Files.readString(file, StandardCharsets.US_ASCII).strip();
        long pid = outer(init, inner);
        if (pid != 0) {
          all.put(service, new LabCost(memory(pid, "Rss:"), memory(pid, "Pss:"), cpu(pid)));
        }
      }
    }
    return all;
  }

  /** The number by which this machine knows a process of the server's namespace. */
  private static long outer(int init, String inner) throws IOException {
    Path namespace = Files.readSymbolicLink(Path.of("/proc/" + init + "/ns/pid"));
    for (ProcessHandle p : ProcessHandle.allProcesses().toList()) {
      Path home = Path.of("/proc/" + p.pid());
      try {
        if (Files.readSymbolicLink(home.resolve("ns/pid")).equals(namespace)
            && line(home.resolve("status"), "NSpid:").endsWith("\t" + inner)) {
          return p.pid();
        }
      } catch (IOException e) {
        // It has just ended, or is not ours to look at.
      }
    }
    return 0;
  }

  private static String line(Path file, String name) throws IOException {
    return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
        .filter(l -> l.startsWith(name))
        .findFirst()
        .orElse("");
  }

  private static long memory(long pid, String kind) throws IOException {
    String kib = line(Path.of("/proc/" + pid + "/smaps_rollup"), kind);
    return Long.parseLong(kib.replaceAll("[^0-9]", "")) * 1024;
  }

  private static long cpu(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.UTF_8);
    String[] f = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(f[11]) + Long.parseLong(f[12])) * TICK_MILLIS;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be measured.
 *
 * @param folder under which everything is made; its disk is measured
 * @param jobs in their order
 * @param memory with replicas in memory
 * @param disk with replicas on the disk
 * @param devices also through block devices; only on the disk
 * @param rounds how often each job runs on each target
 * @param seconds how long
 * @param bytes size of the mirror disk, and so of the working set
 * @param seed of the bootstrap
 * @param command the words that start our command
 * @param base the same of another build, measured beside; null: none
 * @param keys for a mirror disk with TLS on its link, measured beside; null: none
 */
public record Plan(
    Path folder,
    List<Job> jobs,
    boolean memory,
    boolean disk,
    boolean devices,
    int rounds,
    int seconds,
    long bytes,
    long seed,
    List<String> command,
    @Nullable List<String> base,
    @Nullable LinkKeys keys) {

  /** Freezes the lists. */
  public Plan {
    jobs = List.copyOf(jobs);
    command = List.copyOf(command);
    base = base == null ? null : List.copyOf(base);
  }

  /** The same on one place only. */
  Plan only(String place) {
    return new Plan(
        folder,
        jobs,
        place.equals("ram"),
        place.equals("disk"),
        devices,
        rounds,
        seconds,
        bytes,
        seed,
        command,
        base,
        keys);
  }

  /** Where replicas lie: {@code ram}, {@code disk}. */
  public List<String> places() {
    List<String> all = new ArrayList<>();
    if (memory) {
      all.add("ram");
    }
    if (disk) {
      all.add("disk");
    }
    return all;
  }

  /** What the activity log covers: a smaller working set would never make it move. */
  public static final long LOG_BYTES = 512L * (4 << 20);
}

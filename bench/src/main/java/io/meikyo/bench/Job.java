// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.util.ArrayList;
import java.util.List;

/** What is done to a target, as fio is told it. */
public enum Job {
  /** One at a time, each a wait for both replicas. */
  WRITE_1("4 KiB random write, depth 1", "randwrite", "4k", 1, false),
  /** Many at once: what batches can save. */
  WRITE_32("4 KiB random write, depth 32", "randwrite", "4k", 32, false),
  /** Reads, which are local. */
  READ_32("4 KiB random read, depth 32", "randread", "4k", 32, false),
  /** A stream: copies and checksums. */
  STREAM_4("1 MiB sequential write, depth 4", "write", "1M", 4, false),
  /** Each durable on both replicas before the next. */
  FSYNC_1("4 KiB random write, fsync after each", "randwrite", "4k", 1, true);

  private final String title;
  private final String pattern;
  private final String bytes;
  private final int depth;
  private final boolean fsync;

  Job(String title, String pattern, String bytes, int depth, boolean fsync) {
    this.title = title;
    this.pattern = pattern;
    this.bytes = bytes;
    this.depth = depth;
    this.fsync = fsync;
  }

  /** For people. */
  public String title() {
    return title;
  }

  boolean reads() {
    return pattern.equals("randread");
  }

  /** Options of fio. */
  List<String> options() {
    List<String> all =
        new ArrayList<>(List.of("--rw=" + pattern, "--bs=" + bytes, "--iodepth=" + depth));
    if (fsync) {
      all.add("--fsync=1");
    }
    return all;
  }
}

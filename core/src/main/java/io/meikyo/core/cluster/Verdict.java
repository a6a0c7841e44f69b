// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.List;

/**
 * What the rules say of a command.
 *
 * @param taken true if it changed the state, or had done so before
 * @param saying what to tell people
 * @param args of that
 */
public record Verdict(boolean taken, ClusterNotice saying, List<String> args) {
  /** Freezes the arguments. */
  public Verdict {
    args = List.copyOf(args);
  }

  static Verdict done(ClusterNotice saying, Object... args) {
    return new Verdict(true, saying, texts(args));
  }

  static Verdict refused(ClusterNotice saying, Object... args) {
    return new Verdict(false, saying, texts(args));
  }

  private static List<String> texts(Object[] args) {
    return java.util.Arrays.stream(args).map(String::valueOf).toList();
  }

  /** As a notice. */
  public io.meikyo.core.notice.Notice notice() {
    return io.meikyo.core.notice.Notice.of(saying, args.toArray());
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.Progress;
import java.io.Console;
import java.io.PrintWriter;

/** A bar on a terminal; silent elsewhere. */
final class ProgressBar implements Progress {
  private static final int WIDTH = 40;

  private final PrintWriter out;
  private final boolean visible;
  private int lastPercent = -1;

  @SuppressWarnings("SystemConsoleNull") // the null checker knows an older console()
  ProgressBar(PrintWriter out) {
    this.out = out;
    Console console = System.console();
    this.visible = console != null && console.isTerminal();
  }

  @Override
  public void at(String what, long done, long total) {
    int percent = total == 0 ? 100 : (int) (done * 100 / total);
    if (!visible || percent == lastPercent) {
      return;
    }
    lastPercent = percent;
    int full = percent * WIDTH / 100;
    out.print("\r" + what + " [" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] ");
    out.print(percent + " %");
    if (percent == 100) {
      out.println();
      lastPercent = -1;
    }
    out.flush();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of the {@code meikyo} command. */
@Command(name = "meikyo", mixinStandardHelpOptions = true)
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}

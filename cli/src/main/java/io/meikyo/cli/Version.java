// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.Locale;
import java.util.ResourceBundle;
import picocli.CommandLine.IVersionProvider;

/** Answers {@code meikyo --version}. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    ResourceBundle build = ResourceBundle.getBundle("io.meikyo.cli.build", Locale.ROOT);
    return new String[] {"meikyo " + build.getString("version"), "Java " + Runtime.version()};
  }
}

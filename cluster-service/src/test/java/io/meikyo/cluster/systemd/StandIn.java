// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.systemd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A program in the place of systemctl, for machines without systemd. It keeps the state of one unit
 * in a file, one property a line, and writes down what it was asked. Shows how the answers of
 * systemctl are understood, not how systemd behaves.
 */
public final class StandIn {
  private final Path folder;

  /** In a folder. */
  public StandIn(Path folder) throws IOException {
    this.folder = folder;
    Path program = folder.resolve("systemctl");
    Files.writeString(
        program,
        """
        #!/bin/sh
        cd %s || exit 1
        echo "$*" >>asked
        verb=$1
        [ -e "on-$verb" ] && . "./on-$verb"
        case $verb in
          show) cat unit ;;
        esac
        """
            .formatted(folder));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    is("loaded", "inactive", "dead", "disabled");
  }

  /** The client that asks it. */
  public Systemctl systemctl() {
    return new Systemctl(folder.resolve("systemctl").toString(), folder);
  }

  /** Sets the state. */
  public void is(String load, String active, String sub, String file) throws IOException {
    Files.writeString(folder.resolve("unit"), text(load, active, sub, file));
  }

  private static String text(String load, String active, String sub, String file) {
    return "LoadState="
        + load
        + "\nActiveState="
        + active
        + "\nSubState="
        + sub
        + "\nResult=exit-code\nUnitFileState="
        + file
        + "\nMainPID=0\n";
  }

  /** What it does when it is asked for this, as a shell script. */
  public void on(String verb, String script) throws IOException {
    Files.writeString(folder.resolve("on-" + verb), script + "\n");
  }

  /** A script that brings the unit into a state. */
  public String becomes(String active, String sub) throws IOException {
    Path state = folder.resolve("state-" + active);
    Files.writeString(state, text("loaded", active, sub, "disabled"));
    return "cp " + state + " unit";
  }

  /** What it was asked, one a line. */
  public String asked() throws IOException {
    Path asked = folder.resolve("asked");
    return Files.exists(asked) ? Files.readString(asked) : "";
  }
}

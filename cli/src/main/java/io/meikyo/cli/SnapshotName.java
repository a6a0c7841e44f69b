// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The name of a snapshot, {@code md1@5f2c}.
 *
 * @param disk mirror disk
 * @param cut hexadecimal; the id of its backup
 */
record SnapshotName(String disk, String cut) {
  private static final Pattern FORM = Pattern.compile("([A-Za-z0-9_.-]+)@([0-9a-f]{1,16})");
  private static final Pattern ID = Pattern.compile("[0-9a-f]{1,16}");

  /** Reads it from the command line. */
  static final class Converter implements ITypeConverter<SnapshotName> {
    @Override
    public SnapshotName convert(String value) {
      Matcher m = FORM.matcher(value);
      if (!m.matches()) {
        throw new TypeConversionException(
            "'" + value + "' is no snapshot; see meikyo snapshot list for names such as md1@5f2c");
      }
      return new SnapshotName(m.group(1), m.group(2));
    }
  }

  /** Reads the id of a backup from the command line. */
  static final class BackupId implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      return of(value);
    }

    static String of(String value) {
      if (!ID.matcher(value).matches()) {
        throw new TypeConversionException(
            "'" + value + "' is no backup; see meikyo backup list for their ids, hexadecimal");
      }
      return value;
    }
  }

  @Override
  public String toString() {
    return disk + "@" + cut;
  }
}

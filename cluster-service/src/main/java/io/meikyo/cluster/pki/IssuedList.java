// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import java.math.BigInteger;
import java.nio.file.Files;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The certificates that the authority gave out, one a line: number (hexadecimal), server, hash of
 * its key, end. Under the folder's lock.
 */
final class IssuedList {
  /** One certificate. */
  record Entry(BigInteger number, String server, String keyHash, Instant until) {
    private String line() {
      return number.toString(16) + " " + server + " " + keyHash + " " + until;
    }
  }

  private IssuedList() {}

  static List<Entry> read(PkiFolder folder) throws PkiProblem {
    List<Entry> all = new ArrayList<>();
    if (Files.exists(folder.issued())) {
      for (String line : DurableFiles.read(folder.issued()).lines().toList()) {
        all.add(entry(folder, line));
      }
    }
    return all;
  }

  private static Entry entry(PkiFolder folder, String line) throws PkiProblem {
    String[] words = line.split(" ", -1);
    try {
      if (words.length == 4) {
        return new Entry(new BigInteger(words[0], 16), words[1], words[2], Instant.parse(words[3]));
      }
    } catch (NumberFormatException | DateTimeException e) {
      throw (PkiProblem) PkiFolder.damaged(folder.issued(), line).initCause(e);
    }
    throw PkiFolder.damaged(folder.issued(), line);
  }

  static void add(PkiFolder folder, Entry entry) throws PkiProblem {
    StringBuilder text = new StringBuilder();
    for (Entry e : read(folder)) {
      text.append(e.line()).append('\n');
    }
    folder.files().write(folder.issued(), text.append(entry.line()).append('\n').toString(), false);
  }
}

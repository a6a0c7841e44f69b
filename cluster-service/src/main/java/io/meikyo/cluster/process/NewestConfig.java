// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.ConfigState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Which configuration counts here. A service that is started again hears the former ones once more,
 * in their order, before the one that it knows already: until then, or until what it has applied is
 * not of a former life, each of them may be a former one, and is not written down nor spoken of.
 * Any thread.
 */
final class NewestConfig {
  private final String known;
  private long version;
  private boolean sure;
  private boolean reached;

  private NewestConfig(String known) {
    this.known = known;
    this.reached = known.isEmpty();
  }

  /** After the life that has left this folder. */
  static NewestConfig after(ServiceFolder folder) {
    Path applied = folder.state().resolve("meikyo.toml");
    try {
      return new NewestConfig(Files.readString(applied));
    } catch (NoSuchFileException e) {
      return new NewestConfig("");
    } catch (IOException e) {
      // Whatever stood there: it will be replaced.
      return new NewestConfig("");
    }
  }

  /**
   * True if this is to be read: another one than before, or the same, which is now known to be the
   * newest.
   *
   * @param fresh a command of this life was applied
   */
  synchronized boolean isNews(ConfigState applied, boolean fresh) {
    reached |= fresh || (applied.version() > 0 && applied.text().equals(known));
    boolean same = applied.version() == version && (sure || !reached);
    if (applied.version() == 0 || same) {
      return false;
    }
    version = applied.version();
    sure = reached;
    return true;
  }

  /** True if no other one has come since. */
  synchronized boolean is(ConfigState applied) {
    return applied.version() == version;
  }

  /** True if it is none of those that are heard once more. */
  synchronized boolean isSure() {
    return sure;
  }
}

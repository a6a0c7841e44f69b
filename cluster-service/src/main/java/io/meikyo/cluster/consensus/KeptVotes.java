// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftGroupId;

/** Makes the votes durable that the engine has written for its groups. Any thread. */
class KeptVotes {
  private final Path open;
  private final Set<UUID> groups = ConcurrentHashMap.newKeySet();

  /**
   * Makes one.
   *
   * @param open where the engine has the groups that it serves
   */
  KeptVotes(Path open) {
    this.open = open;
  }

  void add(UUID group) {
    groups.add(group);
  }

  void remove(UUID group) {
    groups.remove(group);
  }

  /**
   * When it returns, the votes of all groups will be found after a power cut.
   *
   * @throws UncheckedIOException if that is not known; the vote may not be told then
   */
  void keep() {
    for (UUID group : groups) {
      Path folder = Engine.current(open, RaftGroupId.valueOf(group));
      try {
        if (Files.exists(folder)) {
          StateFile.sync(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What still goes by a former configuration: this service, whose times and ports are those of its
 * start; and groups that have not been started anew since another configuration came. What they
 * were started by is kept in {@code former.toml}, so that a new life of this service finds them and
 * stops them as they were started. It is the oldest one that anything may still go by; between two
 * changes that both wait, what was started by the one between them is found by its name only.
 */
final class FormerConfig {
  private final ServiceFolder folder;
  private @Nullable ClusterConfig atStart;

  FormerConfig(ServiceFolder folder, @Nullable ClusterConfig atStart) {
    this.folder = folder;
    this.atStart = atStart;
  }

  private Path file() {
    return folder.state().resolve("former.toml");
  }

  /** Keys that differ between what this service was started with and what is in force. */
  synchronized List<String> fromNextStart(@Nullable ClusterConfig now) {
    if (now == null) {
      return List.of();
    }
    if (atStart == null) {
      atStart = now; // the first configuration of all is what this life goes by
    }
    return ConfigDiff.fromNextStart(ConfigDiff.between(atStart, now));
  }

  /** Another configuration is about to take the place of the one in the state folder. */
  synchronized void keep() throws IOException {
    Path applied = folder.state().resolve("meikyo.toml");
    if (!Files.exists(file()) && Files.exists(applied)) {
      WholeFile.write(file(), Files.readString(applied));
    }
  }

  /** What things that run here may have been started by; this one if nothing else is known. */
  synchronized ClusterConfig runsBy(ClusterConfig now) {
    return Files.exists(file()) ? ConfigReader.read(file()).config().orElse(now) : now;
  }

  /** Forgets it as soon as nothing goes by it any more. */
  synchronized void look(NodeDriver.View view, long version) {
    if (view.configVersion() == version && view.waiting().isEmpty()) {
      try {
        Files.deleteIfExists(file());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

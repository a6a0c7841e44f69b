// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.util.List;
import java.util.Optional;

/**
 * What came of reading a configuration.
 *
 * @param file the name it goes by in messages
 * @param text the text as the user wrote it: this is what is kept and delivered
 * @param config what it says; empty if there is an error
 * @param notices all errors and warnings, in the order of the file
 */
public record ConfigReading(
    String file, String text, Optional<ClusterConfig> config, List<Notice> notices) {

  /** Freezes the list. */
  public ConfigReading {
    notices = List.copyOf(notices);
  }

  /** Whether something forbids its use. */
  public boolean hasErrors() {
    return config.isEmpty();
  }

  /** How many of its notices are errors. */
  public long errors() {
    return notices.stream().filter(n -> n.severity() == Severity.ERROR).count();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import java.util.Comparator;
import java.util.List;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Notice> notices;

  ConfigException(List<Notice> notices) {
    super(String.valueOf(notices.getFirst()));
    this.notices = notices.stream().sorted(Comparator.comparingInt(ConfigException::line)).toList();
  }

  private static int line(Notice notice) {
    for (Arg arg : notice.args()) {
      if (arg.name().equals("line")) {
        return Integer.parseInt(arg.value());
      }
    }
    return 0;
  }

  /** All that is wrong, in the order of the file. */
  public List<Notice> notices() {
    return notices;
  }
}

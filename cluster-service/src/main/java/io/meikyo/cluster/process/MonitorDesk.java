// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.notice.Notice;

/** Where monitors look. Calls block; any thread. */
interface MonitorDesk {
  /** What a look found. */
  record Finding(boolean well, Notice notice) {}

  /** Looks once, within the monitor's timeout. */
  Finding look(ClusterConfig config, Monitor monitor);

  /** Runs the script of the monitor's ladder, within its timeout. */
  Finding script(ClusterConfig config, Monitor monitor);
}

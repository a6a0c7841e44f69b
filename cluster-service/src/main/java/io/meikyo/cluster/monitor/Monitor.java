// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

/**
 * Looks at one thing. Calls block, one at a time per monitor; on a platform thread, for they wait
 * in system calls: a ping for up to a second.
 */
public interface Monitor extends AutoCloseable {
  /** Its name in the configuration, such as {@code fipw1}. */
  String name();

  /** Looks once. */
  MonitorResult check(CheckContext context);

  /** Lets go of what it keeps between two looks; there is none after it. */
  @Override
  default void close() {}
}

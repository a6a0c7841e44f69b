// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

/** Types of values that several forms use. */
final class FormTypes {
  /** Most servers of a cluster. */
  static final int SERVERS_MAX = 8;

  static final int ADDRESSES_MAX = 4;

  static final KeyType.Text NAME = text(TextRule.NAME);
  static final KeyType.Text PATH = text(TextRule.PATH);
  static final KeyType.Text TEXT = text(TextRule.ANY);
  static final KeyType.Text IP = text(TextRule.IP);
  static final KeyType.Text INTERFACE = text(TextRule.INTERFACE);
  static final KeyType.Text HOST_PORT = text(TextRule.HOST_PORT);
  static final KeyType.Flag FLAG = new KeyType.Flag();

  /** No port that only root may listen on: the agents need no such right. */
  static final KeyType.Whole PORT = new KeyType.Whole(1024, 65535);

  static final KeyType.Many SERVERS = new KeyType.Many(NAME, 1, SERVERS_MAX);
  static final KeyType.Many ADDRESSES = new KeyType.Many(IP, 1, ADDRESSES_MAX);

  static final int DAY_SECONDS = 86_400;

  private FormTypes() {}

  static KeyType.Text text(TextRule rule) {
    return new KeyType.Text(rule);
  }

  static KeyType.Duration millis(long min, long max) {
    return new KeyType.Duration(min * 1_000_000, max * 1_000_000);
  }

  static KeyType.Duration seconds(long min, long max) {
    return millis(min * 1000, max * 1000);
  }
}

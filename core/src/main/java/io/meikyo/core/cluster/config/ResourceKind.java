// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** The kinds of resources. */
public enum ResourceKind implements Choice {
  /** A floating IP. */
  FIP("fip"),
  /** A mirror disk. */
  MD("md"),
  /** A file system. */
  FS("fs"),
  /** A systemd unit. */
  SERVICE("service"),
  /** A pair of scripts. */
  SCRIPT("script");

  private final String word;

  ResourceKind(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}

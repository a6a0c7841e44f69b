// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** Whether something happens by itself or at the operator's word. */
public enum Mode implements Choice {
  /** By itself. */
  AUTO("auto"),
  /** At the operator's word. */
  MANUAL("manual");

  private final String word;

  Mode(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /** True for {@link #AUTO}. */
  public boolean auto() {
    return this == AUTO;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

/** What a notice is about, for example kind {@code mirror} and name {@code md1}. */
public record Subject(String kind, String name) {

  @Override
  public String toString() {
    return kind + " " + name;
  }
}

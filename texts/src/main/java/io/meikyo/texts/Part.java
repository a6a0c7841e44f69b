// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

/**
 * The parts of a text in the message bundles. The fifth part, the objects, needs no translation.
 */
public enum Part {
  MESSAGE("message"),
  CAUSE("cause"),
  CORRECTION("correction"),
  DETAILS("details");

  private final String suffix;

  Part(String suffix) {
    this.suffix = suffix;
  }

  /** The key of this part in a bundle: {@code partition.superblock.torn.cause}. */
  public String keyOf(String code) {
    return code + "." + suffix;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

/** Thrown by a checker: the law's number (DESIGN section 2) and the sentence that says how. */
public final class LawBroken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int law;

  /** Makes the accusation; {@code law} 0 means the interface's own rules. */
  public LawBroken(int law, String reason) {
    super(reason);
    this.law = law;
  }

  /** The law that was broken. */
  public int law() {
    return law;
  }
}

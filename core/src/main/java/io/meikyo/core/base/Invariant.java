// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.base;

/**
 * Assertions that stay on in production. A broken invariant is a programmer's error: the component
 * that holds it must stop at once, because going on could write wrong bytes on a disk.
 */
public final class Invariant {
  private Invariant() {}

  /** Thrown when the code itself is wrong; never used for bad input or a failing disk. */
  public static final class Broken extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** Makes the error with the sentence that was promised and does not hold. */
    public Broken(String promise) {
      super(promise);
    }
  }

  /** Checks a promise; {@code promise} is the sentence that should have been true. */
  public static void check(boolean holds, String promise) {
    if (!holds) {
      throw new Broken(promise);
    }
  }

  /** The same with a number for the message, so that the hot path builds no string. */
  public static void check(boolean holds, String promise, long detail) {
    if (!holds) {
      throw new Broken(promise + " [" + detail + "]");
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

/**
 * The judge cannot follow any further: so many writes of one block and no flush. Nobody's fault.
 */
public final class TooManyVersions extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the sentence that says where. */
  public TooManyVersions(String message) {
    super(message);
  }
}

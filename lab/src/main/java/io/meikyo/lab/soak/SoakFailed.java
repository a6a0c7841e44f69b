// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

/** The soak found something that must not be, or could not go on; the message says what. */
public final class SoakFailed extends Exception {
  private static final long serialVersionUID = 1;

  SoakFailed(String what) {
    super(what);
  }
}

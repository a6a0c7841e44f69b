// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

/** The demo found something that must not be. */
final class DemoFailed extends Exception {
  private static final long serialVersionUID = 1;

  DemoFailed(String what) {
    super(what);
  }
}

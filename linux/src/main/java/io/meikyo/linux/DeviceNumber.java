// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

/**
 * The number of a device, in two parts.
 *
 * @param major the driver
 * @param minor the device of that driver
 */
public record DeviceNumber(int major, int minor) {

  /** {@code 7:0}, as the kernel prints it. */
  @Override
  public String toString() {
    return major + ":" + minor;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

/**
 * How much may be under way, and why these numbers: docs/front-ends.md.
 *
 * @param requestBytesMax most bytes of one read or write (max_write): a power of two, at least 64
 *     KiB and at most 1 MiB
 * @param background most asynchronous requests that the kernel has under way (max_background); the
 *     others wait in the kernel, reads behind writes
 * @param writesMax most writes that are taken from the kernel at one time, each with a buffer of
 *     requestBytesMax. With more, nothing is taken, reads neither, until one is answered: so
 *     whoever uses the file must not have more writes under way (the loop device is told so)
 */
public record FuseLimits(int requestBytesMax, int background, int writesMax) {

  /** Checks them. */
  public FuseLimits {
    if (requestBytesMax < 64 << 10
        || requestBytesMax > 1 << 20
        || Integer.bitCount(requestBytesMax) != 1) {
      throw new IllegalArgumentException("requestBytesMax " + requestBytesMax);
    }
    if (background < 1 || background > 0xffff || writesMax < 1) {
      throw new IllegalArgumentException("background " + background + ", writes " + writesMax);
    }
  }

  /**
   * Under a loop device that is set to at most 48 writes among 64 requests. They are of 256 KiB:
   * all 48 may be of the largest size, and that memory stays touched and locked.
   */
  public static FuseLimits underLoop() {
    return new FuseLimits(256 << 10, 256, 48);
  }

  /** The same with smaller requests, for a service that takes less. */
  public FuseLimits requestsOf(int bytesMax) {
    return new FuseLimits(Math.min(requestBytesMax, bytesMax), background, writesMax);
  }
}

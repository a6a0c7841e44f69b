// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.agent.front.FrontKeeper;
import io.meikyo.agent.fuse.ResentFence;
import io.meikyo.linux.DeviceNumber;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Ends the process between two steps of bringing a device up or down. */
final class DyingKeeper implements FrontKeeper {
  /** Exit status of the death. */
  static final int STATUS = 98;

  /** When it dies. */
  enum Moment {
    /** Mounted, and the keeper does not know. */
    BEFORE_DEPOSIT,
    /** The keeper knows, and nobody has served. */
    AFTER_DEPOSIT,
    /** The loop device is there, and the keeper does not know it. */
    BEFORE_ATTACHED,
    /** Everything but the link is there. */
    AFTER_ATTACHED,
    /** Unmounted, and the keeper does not know. */
    BEFORE_FORGET
  }

  private final FrontKeeper real;
  private final Moment moment;

  private DyingKeeper(FrontKeeper real, Moment moment) {
    this.real = real;
    this.moment = moment;
  }

  /** One that dies at a moment, or the real one if the word names none. */
  static FrontKeeper around(FrontKeeper real, String word) {
    for (Moment moment : Moment.values()) {
      if (moment.name().equals(word)) {
        return new DyingKeeper(real, moment);
      }
    }
    return real;
  }

  private void at(Moment now) {
    if (now == moment) {
      Runtime.getRuntime().halt(STATUS);
    }
  }

  @Override
  public @Nullable Held fetch(String name) throws IOException {
    return real.fetch(name);
  }

  @Override
  public void deposit(String name, int fd, DeviceNumber connection) throws IOException {
    at(Moment.BEFORE_DEPOSIT);
    real.deposit(name, fd, connection);
    at(Moment.AFTER_DEPOSIT);
  }

  @Override
  public void attached(String name, Path device) throws IOException {
    at(Moment.BEFORE_ATTACHED);
    real.attached(name, device);
    at(Moment.AFTER_ATTACHED);
  }

  @Override
  public void forget(String name) throws IOException {
    at(Moment.BEFORE_FORGET);
    real.forget(name);
  }

  @Override
  public ResentFence fence(String name) {
    return real.fence(name);
  }
}

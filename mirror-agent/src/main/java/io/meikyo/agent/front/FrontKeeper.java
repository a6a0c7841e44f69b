// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.agent.fuse.ResentFence;
import io.meikyo.linux.DeviceNumber;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Keeps descriptors of FUSE mounts over the agent's death, so that their users wait and do not
 * fail. Blocking; for the threads of {@link DeviceFront}.
 */
public interface FrontKeeper {
  /** Keeps nothing: with the agent the device dies. */
  FrontKeeper NONE =
      new FrontKeeper() {
        @Override
        public @Nullable Held fetch(String name) {
          return null;
        }

        @Override
        public void deposit(String name, int fd, DeviceNumber connection) {
          // Not kept.
        }

        @Override
        public void attached(String name, Path device) {
          // Not kept.
        }

        @Override
        public void forget(String name) {
          // Nothing was kept.
        }

        @Override
        public ResentFence fence(String name) {
          return ResentFence.NONE;
        }
      };

  /**
   * A mount that a former agent has left.
   *
   * @param fd its descriptor of /dev/fuse; the caller's
   * @param connection its device number
   */
  record Held(int fd, DeviceNumber connection) {}

  /** A living agent has a mount of this name. It may be about to end. */
  final class Taken extends IOException {
    private static final long serialVersionUID = 1L;

    /** Under this name. */
    public Taken(String name) {
      super(name + " is another agent's");
    }
  }

  /**
   * What a former agent left under this name; null if nothing.
   *
   * @throws Taken if that agent lives
   */
  @Nullable Held fetch(String name) throws IOException;

  /**
   * Gives a descriptor to keep; the caller keeps its own.
   *
   * @throws Taken if a living agent has given one under this name
   */
  void deposit(String name, int fd, DeviceNumber connection) throws IOException;

  /** Tells which device stands on it, for people. */
  void attached(String name, Path device) throws IOException;

  /** Closes what is kept under the name, unless it is another living agent's. */
  void forget(String name) throws IOException;

  /** Judges requests that were sent again; for the loop's thread. */
  ResentFence fence(String name);
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is particular to a kind of resource. All times in ns. */
public sealed interface ResourceSettings {

  /** The kind. */
  ResourceKind kind();

  /**
   * A floating IP.
   *
   * @param address the address
   * @param prefix length of its network's prefix; -1: that of the server's public address
   * @param networkInterface where it is put; null: where the server's public address is
   * @param duplicateCheck whether somebody else's use of the address is looked for first
   * @param announcements how many gratuitous ARP or NDP packets tell the network
   */
  record Fip(
      IpAddress address,
      int prefix,
      @Nullable String networkInterface,
      boolean duplicateCheck,
      int announcements)
      implements ResourceSettings {
    @Override
    public ResourceKind kind() {
      return ResourceKind.FIP;
    }

    /**
     * The address with its network on a server: the configured one, else that of the server's
     * public address if the floating IP is in it, else the address alone.
     */
    public IpNetwork on(Server server) {
      if (prefix > 0) {
        return new IpNetwork(address, prefix);
      }
      boolean near = server.address().contains(address);
      return new IpNetwork(address, near ? server.address().prefix() : address.bits());
    }
  }

  /**
   * A mirror disk.
   *
   * @param mirror name of the mirror disk
   */
  record Md(String mirror) implements ResourceSettings {
    @Override
    public ResourceKind kind() {
      return ResourceKind.MD;
    }
  }

  /**
   * A file system.
   *
   * @param device path of the block device, such as that of a mirror disk
   * @param mount where it is mounted
   * @param type its type
   * @param options mount options, with commas between them
   * @param fsck when it is checked before it is mounted
   * @param fsckTimeout longest check
   * @param killHolders whether processes that keep it from being unmounted are killed
   */
  record Fs(
      String device,
      String mount,
      FsType type,
      String options,
      Fsck fsck,
      long fsckTimeout,
      boolean killHolders)
      implements ResourceSettings {
    @Override
    public ResourceKind kind() {
      return ResourceKind.FS;
    }
  }

  /**
   * A systemd unit.
   *
   * @param unit its name, {@code postgresql.service}
   */
  record Service(String unit) implements ResourceSettings {
    @Override
    public ResourceKind kind() {
      return ResourceKind.SERVICE;
    }
  }

  /**
   * A pair of scripts.
   *
   * @param start path of what starts it
   * @param stop path of what stops it; null: nothing is to be done
   * @param user who runs them
   * @param environment variables for both, beside those that Meikyo sets
   * @param waitForEnd false: the start counts as done when the script runs
   */
  record Script(
      String start,
      @Nullable String stop,
      String user,
      Map<String, String> environment,
      boolean waitForEnd)
      implements ResourceSettings {
    /** Freezes the map; its order is kept. */
    public Script {
      environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    }

    @Override
    public ResourceKind kind() {
      return ResourceKind.SCRIPT;
    }
  }

  /** Type of a file system. */
  enum FsType implements Choice {
    /** ext4. */
    EXT4("ext4"),
    /** XFS. */
    XFS("xfs");

    private final String word;

    FsType(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** When a file system is checked before it is mounted. */
  enum Fsck implements Choice {
    /** Never; the mount replays the journal. */
    NEVER("never"),
    /** When the mount failed, then the mount is tried again. */
    ON_FAILURE("on-failure"),
    /** Before each mount. */
    ALWAYS("always");

    private final String word;

    Fsck(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }
}

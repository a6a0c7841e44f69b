// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One mirror disk.
 *
 * @param name its name, {@code md1}
 * @param size bytes of the mirror disk; 0: as large as the smaller data partition
 * @param sync when a write is acknowledged
 * @param asyncQueue bytes of acknowledged writes in memory for an asynchronous peer
 * @param asyncHistory bytes of them in the history on disk, beyond the queue
 * @param initialConstruction whether restored replicas must be copied in full too; a new pair
 *     always is compared in full
 * @param initialMkfs the file system that is made on a new pair, if any
 * @param trustedLink true: the link between the servers is not encrypted
 * @param frontEnd how applications reach it
 * @param device the link under which the block device appears
 * @param nbd where NBD clients find it, {@code unix:/path} or {@code host:port}; null: nowhere
 * @param recoveryRate ceiling of recovery in bytes per second; 0: none
 * @param port port of its link on every server, where a replica says nothing else
 * @param snapshots who takes its snapshots
 * @param replicas one per server, in the order of the file
 */
public record MirrorDisk(
    String name,
    long size,
    Sync sync,
    long asyncQueue,
    long asyncHistory,
    boolean initialConstruction,
    InitialFs initialMkfs,
    boolean trustedLink,
    FrontEnd frontEnd,
    String device,
    @Nullable String nbd,
    long recoveryRate,
    int port,
    Snapshots snapshots,
    List<Replica> replicas) {

  /** Freezes the list. */
  public MirrorDisk {
    replicas = List.copyOf(replicas);
  }

  /** The replica on this server. */
  public Optional<Replica> on(String server) {
    return replicas.stream().filter(r -> r.server().equals(server)).findFirst();
  }

  /** When a write is acknowledged. */
  public enum Sync implements Choice {
    /** When every replica in sync has it. */
    SYNC("sync"),
    /** When it is written here and queued for the other one (rule R17). */
    ASYNC("async");

    private final String word;

    Sync(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** The file system that is made on a new pair. */
  public enum InitialFs implements Choice {
    /** None. */
    NONE("none"),
    /** ext4. */
    EXT4("ext4"),
    /** XFS. */
    XFS("xfs");

    private final String word;

    InitialFs(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** How applications reach it. */
  public enum FrontEnd implements Choice {
    /** The best block device that the kernel has. */
    AUTO("auto"),
    /** A FUSE file with a loop device on it. */
    FUSE("fuse"),
    /** The kernel's NBD client. */
    KERNEL_NBD("kernel-nbd"),
    /** No block device: NBD clients only. */
    NBD("nbd");

    private final String word;

    FrontEnd(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** Who takes snapshots. */
  public enum Provider implements Choice {
    /** The mirror agent, by copying before each write. */
    BUILT_IN("built-in"),
    /** A file system that shares blocks between files. */
    REFLINK("reflink"),
    /** LVM, of thin volumes. */
    LVM_THIN("lvm-thin"),
    /** A program of the administrator. */
    SCRIPT("script");

    private final String word;

    Provider(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /**
   * Its snapshots.
   *
   * @param provider who takes them
   * @param folder for the stores of the built-in ones; null: in the state of the mirror agent. For
   *     reflinks; null: that of the data partition
   * @param cap most bytes of a built-in store; 0: a tenth of the disk, at least 64 MiB, at most 16
   *     GiB
   * @param script for {@link Provider#SCRIPT}; null: none is named
   * @param timeout how long taking one may last, ns; not for the built-in ones
   */
  public record Snapshots(
      Provider provider,
      @Nullable String folder,
      long cap,
      @Nullable String script,
      long timeout) {}

  /**
   * One server's copy.
   *
   * @param number its number, which is written on its partition and never changes
   * @param server the server that has it
   * @param data path of the data partition
   * @param cluster path of the cluster partition
   * @param links where its mirror agent listens for the peers, best first; at least one
   */
  public record Replica(
      int number, String server, String data, String cluster, List<HostPort> links) {
    /** Freezes the list. */
    public Replica {
      links = List.copyOf(links);
    }
  }
}

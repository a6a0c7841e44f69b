// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What a lab is made of.
 *
 * @param wish what was asked for
 * @param clusterId id of the cluster
 * @param diskId id of the mirror disk
 */
public record LabPlan(Wish wish, UUID clusterId, UUID diskId) {
  /** The one mirror disk. */
  static final String MIRROR = "md1";

  static final int SERVERS_MAX = 8;

  /** Number of the witness among the machines of the lab, and the end of its address. */
  static final int WITNESS_NUMBER = 9;

  static final String WITNESS = "witness1";

  /**
   * What can be asked for.
   *
   * @param servers number of servers, 2 to 8; called server1, server2 …
   * @param bytes size of the mirror disk
   * @param fileSystem true: a block device with a file system on it
   * @param cluster true: the cluster service runs on each, and the group failover1 by itself;
   *     false: mirror agents only, with a keeper of the deciding record beside them
   * @param application what the group runs on the file system
   * @param profile times of the cluster: {@code fast} or {@code calm}
   * @param witness what decides when servers lose each other
   * @param type of the file system under a cluster: {@code ext4} or {@code xfs}
   * @param snapshotCap most bytes of a snapshot's store; 0: what the product takes by itself
   */
  public record Wish(
      int servers,
      long bytes,
      boolean fileSystem,
      boolean cluster,
      LabApplication application,
      String profile,
      LabWitness witness,
      String type,
      long snapshotCap) {

    /** With stores as the product makes them. */
    public Wish(
        int servers,
        long bytes,
        boolean fileSystem,
        boolean cluster,
        LabApplication application,
        String profile,
        LabWitness witness,
        String type) {
      this(servers, bytes, fileSystem, cluster, application, profile, witness, type, 0);
    }

    /** With ext4. */
    public Wish(
        int servers,
        long bytes,
        boolean fileSystem,
        boolean cluster,
        LabApplication application,
        String profile,
        LabWitness witness) {
      this(servers, bytes, fileSystem, cluster, application, profile, witness, "ext4");
    }

    /** With a third vote. */
    public Wish(
        int servers,
        long bytes,
        boolean fileSystem,
        boolean cluster,
        LabApplication application,
        String profile) {
      this(servers, bytes, fileSystem, cluster, application, profile, LabWitness.VOTER);
    }

    /** Mirror agents only. */
    static Wish raw(int servers, long bytes, boolean fileSystem) {
      return new Wish(servers, bytes, fileSystem, false, LabApplication.NONE, "fast");
    }
  }

  static LabPlan fresh(Wish wish) {
    return new LabPlan(wish, UUID.randomUUID(), UUID.randomUUID());
  }

  static LabPlan of(Properties p) {
    return new LabPlan(
        new Wish(
            Integer.parseInt(p.getProperty("servers")),
            Long.parseLong(p.getProperty("bytes")),
            Boolean.parseBoolean(p.getProperty("fileSystem")),
            Boolean.parseBoolean(p.getProperty("cluster")),
            LabApplication.valueOf(p.getProperty("application")),
            p.getProperty("profile"),
            LabWitness.valueOf(p.getProperty("witness", LabWitness.VOTER.name())),
            p.getProperty("type", "ext4"),
            Long.parseLong(p.getProperty("snapshotCap", "0"))),
        UUID.fromString(p.getProperty("clusterId")),
        UUID.fromString(p.getProperty("diskId")));
  }

  Properties properties() {
    Properties p = new Properties();
    p.setProperty("servers", Integer.toString(servers()));
    p.setProperty("bytes", Long.toString(bytes()));
    p.setProperty("fileSystem", Boolean.toString(fileSystem()));
    p.setProperty("cluster", Boolean.toString(cluster()));
    p.setProperty("application", wish.application().name());
    p.setProperty("profile", wish.profile());
    p.setProperty("witness", wish.witness().name());
    p.setProperty("type", wish.type());
    p.setProperty("snapshotCap", Long.toString(wish.snapshotCap()));
    p.setProperty("clusterId", clusterId.toString());
    p.setProperty("diskId", diskId.toString());
    return p;
  }

  int servers() {
    return wish.servers();
  }

  long bytes() {
    return wish.bytes();
  }

  boolean fileSystem() {
    return wish.fileSystem();
  }

  boolean cluster() {
    return wish.cluster();
  }

  /** The servers. */
  List<String> names() {
    return IntStream.rangeClosed(1, servers()).mapToObj(n -> "server" + n).toList();
  }

  /** The servers and the witness. */
  List<String> machines() {
    List<String> all = new ArrayList<>(names());
    if (cluster()) {
      all.add(WITNESS);
    }
    return all;
  }

  /** Who votes in the cluster. */
  List<String> voters() {
    return hasVotingWitness() ? machines() : names();
  }

  /** True if the witness is a member of the cluster. */
  boolean hasVotingWitness() {
    return cluster() && wish.witness() == LabWitness.VOTER;
  }

  /** Number of the server with this name, or of the witness. */
  int number(String name) throws LabProblem {
    if (cluster() && name.equals(WITNESS)) {
      return WITNESS_NUMBER;
    }
    int number = names().indexOf(name) + 1;
    if (number == 0) {
      throw new LabProblem(LabNotice.NO_SERVER, name, String.join(", ", machines()));
    }
    return number;
  }

  static void checkMirror(String mirror) throws LabProblem {
    if (!mirror.equals(MIRROR)) {
      throw new LabProblem(LabNotice.NO_MIRROR, mirror);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state between the begin and the end of a backup (rules R11, R12).
 *
 * <pre>
 *   OFF ──BeginBackup──▶ BEGINNING ──BackupStands──▶ STANDS
 *    ▲                      │                          │
 *    ├──EndBackup(good, undone)◀───────────────────────┤
 *    └──BeginBackup, ForgetVoid── VOID ◀──EndBackup(void)
 *
 *   OFF, VOID ──BeginOffline──▶ OFFLINE ──EndOffline of the last server, EndBackup──▶ OFF
 * </pre>
 *
 * @param by who began it
 * @param sinceMillis when, by the clock of the server that began it
 * @param server the server that carries it out
 * @param life of the service there that does
 * @param cutId the cut of every mirror disk of this backup; never 0 unless off
 * @param maxMillis the longest that writes may be held
 * @param disks the mirror disks, and the server on which each is active
 * @param modes start modes to which the servers return at the end
 */
public record BackupMode(
    Stage stage,
    String by,
    long sinceMillis,
    String server,
    long life,
    long cutId,
    long maxMillis,
    SortedMap<String, String> disks,
    SortedMap<String, StartMode> modes) {

  /** How far it has come. */
  public enum Stage {
    /** There is none. */
    OFF,
    /** Monitoring and failover rest; the mirror disks are not yet held. */
    BEGINNING,
    /** Every mirror disk is held, and an image of it would be whole. */
    STANDS,
    /** The last one ended before its time. Nothing rests any more; its image must not be used. */
    VOID,
    /**
     * The cluster service is stopped on every server, and the servers are shut down for their image
     * to be taken; each starts nothing at boot until its own end is said.
     */
    OFFLINE
  }

  /** What became of a backup. */
  public enum Outcome {
    /** It was ended by word, and the holds stood until then. */
    GOOD,
    /** A hold ended before its time. */
    VOID,
    /** It never stood. */
    UNDONE
  }

  /** No backup is under way. */
  public static final BackupMode OFF =
      new BackupMode(Stage.OFF, "", 0, "", 0, 0, 0, new TreeMap<>(), new TreeMap<>());

  /** Freezes the maps. */
  public BackupMode {
    disks = Collections.unmodifiableSortedMap(new TreeMap<>(disks));
    modes = Collections.unmodifiableSortedMap(new TreeMap<>(modes));
  }

  /** Monitoring and failover rest for it. */
  public boolean on() {
    return stage == Stage.BEGINNING || stage == Stage.STANDS;
  }

  /** Servers are shut down for their image. */
  public boolean offline() {
    return stage == Stage.OFFLINE;
  }

  /** Without a server, which starts at boot as before; over with the last one. */
  BackupMode without(String name) {
    TreeMap<String, StartMode> left = new TreeMap<>(modes);
    left.remove(name);
    return left.isEmpty()
        ? OFF
        : new BackupMode(stage, by, sinceMillis, server, life, cutId, maxMillis, disks, left);
  }

  BackupMode in(Stage next) {
    return new BackupMode(next, by, sinceMillis, server, life, cutId, maxMillis, disks, modes);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends backup mode when nothing holds it up any more, so that a forgotten or broken backup never
 * leaves monitoring and failover at rest for ever (rule R12).
 *
 * <p>Only a server that has seen it begin, in this boot, may say that it is over: after a boot a
 * crash in backup mode and an image taken in backup mode look alike, and the operator knows which
 * it was (rule R14).
 */
final class BackupWatch {
  /** So long after its deadline a hold is over, whatever is heard of it. */
  private static final long GRACE_NANOS = 30_000_000_000L;

  private final ClusterNode node;

  /** The backup that this life has seen, how far it was, and since when, ns. */
  private long seen;

  /** The backup that this server is beginning now; 0: none. */
  private long carried;

  private BackupMode.Stage stage = BackupMode.Stage.OFF;
  private long since;

  /** This life has run here; what is being stopped since then may have to say the end as well. */
  private boolean served;

  BackupWatch(ClusterNode node) {
    this.node = node;
  }

  void carries(long cutId) {
    carried = cutId;
  }

  /** The end that is due, if one is. */
  void look() {
    BackupMode b = node.state().backup();
    if (!b.on()) {
      seen = 0;
      return;
    }
    if (seen != b.cutId() || stage != b.stage()) {
      seen = b.cutId();
      stage = b.stage();
      since = node.now();
    }
    served |= node.serves() && node.fresh();
    if (!served || !node.fresh()) {
      return;
    }
    BackupMode.Outcome outcome = over(b);
    if (outcome != null) {
      boolean begun = node.proposeOnce("backup", new Command.EndBackup(b.cutId(), outcome));
      if (begun && outcome == BackupMode.Outcome.VOID) {
        node.tell(NodeNotice.BACKUP_VOID, b.by());
      }
    }
  }

  /** It does not act any more, or has booted meanwhile. */
  private boolean gone(String server) {
    ServerState known = node.state().server(server);
    return node.gone(server) || known == null || !known.running();
  }

  /** Whoever was to carry it out has died, or does not go on with it any more. */
  private boolean stale(BackupMode b) {
    return b.server().equals(node.self())
        ? b.life() != node.life() || b.cutId() != carried
        : gone(b.server());
  }

  private BackupMode.@Nullable Outcome over(BackupMode b) {
    boolean late = node.now() - since > b.maxMillis() * 1_000_000 + GRACE_NANOS;
    if (b.stage() == BackupMode.Stage.BEGINNING) {
      return stale(b) && (late || nothingHeldHere(b)) ? BackupMode.Outcome.UNDONE : null;
    }
    for (Map.Entry<String, String> e : b.disks().entrySet()) {
      if (!e.getValue().equals(node.self())) {
        if (gone(e.getValue())) {
          return BackupMode.Outcome.VOID;
        }
        if (late && node.health(e.getValue()) != Health.UP) {
          // Its service is silent; its agent has kept to the deadline (law 5).
          return BackupMode.Outcome.VOID;
        }
        continue;
      }
      NodeEvent.Agent.Still still = node.still(e.getKey(), since);
      if (still == null && late) {
        // The mirror agent is dead, and with it the hold.
        return BackupMode.Outcome.VOID;
      }
      if (still != null && !still.held()) {
        boolean good = still.cutId() == b.cutId() && !still.cutVoid() && !still.flag();
        if (!good) {
          return BackupMode.Outcome.VOID;
        }
        // Released by word: whoever does that says how it ended, unless he died over it.
        if (late) {
          return BackupMode.Outcome.GOOD;
        }
      }
    }
    return null;
  }

  /** What a dead life of ours has begun ends by its own deadline (law 5). */
  private boolean nothingHeldHere(BackupMode b) {
    for (Map.Entry<String, String> e : b.disks().entrySet()) {
      if (e.getValue().equals(node.self())) {
        NodeEvent.Agent.Still still = node.still(e.getKey(), since);
        if (still == null || still.held()) {
          return false;
        }
      }
    }
    return true;
  }
}

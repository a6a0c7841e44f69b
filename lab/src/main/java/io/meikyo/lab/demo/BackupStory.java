// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a mirror cannot give: a backup while the service runs, and the way back from it, on both
 * servers and without a copy between them. The runbook's commands, typed on the servers. One
 * caller; blocks.
 */
final class BackupStory {
  private static final String BY_RUNBOOK = "by-the-runbook";
  private static final String BY_ONE_COMMAND = "by-one-command";
  private static final long SECONDS = 120;

  private final Lab lab;
  private final RunbookRestore restore;
  private final ClusterDemo demo;
  private final Figures figures;

  /** Rows of each client that were acknowledged before the image, and when it was whole. */
  private List<Long> before = List.of();

  private List<Long> after = List.of();

  BackupStory(Lab lab, ClusterDemo demo, Figures figures) {
    this.lab = lab;
    this.restore = new RunbookRestore(lab);
    this.demo = demo;
    this.figures = figures;
  }

  /** Takes an image by the runbook's commands, while the clients go on. */
  void byRunbook(String active) throws DemoFailed, LabProblem, IOException, InterruptedException {
    demo.say("Online backup by the runbook, under load: clpbackup.sh --pre --online.");
    demo.mark();
    lab.run(active, "clpbackup.sh", "--pre", "--online");
    lab.images().snapshot(active, "md1", BY_RUNBOOK);
    lab.run(active, "clpbackup.sh", "--post", "--online");
    demo.awaitAll();
    double gap = demo.gap();
    figures.add("longest gap at a backup by the runbook (the image is copied meanwhile), s", gap);
    demo.say(
        "The image of both partitions is taken; no client saw an error; the longest gap was %.2f s.",
        gap);
  }

  /** Takes another one by one command, which is the one that will be needed. */
  void byOneCommand(String active)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    Path to = lab.images().backups();
    demo.say("Backup by one command, under load: meikyo backup create. Failover stays armed.");
    demo.mark();
    before = demo.acknowledgedEach();
    long began = System.nanoTime();
    lab.run(active, "meikyo", "backup", "create", "--to", to.toString());
    double seconds = (System.nanoTime() - began) / 1e9;
    after = demo.acknowledgedEach();
    demo.awaitAll();
    double gap = demo.gap();
    figures.add("longest gap at a backup by one command, s", gap);
    figures.add("backup by one command: cut, and image read from the standby, s", seconds);
    restore.adopt(to, BY_ONE_COMMAND);
    demo.say(
        "The image was read from the standby in %.1f s; no client saw an error; the longest gap was"
            + " %.2f s.",
        seconds, gap);
  }

  /** Loses what the mirror cannot protect, and brings it back on both servers. */
  void disaster(String active) throws DemoFailed, LabProblem, IOException, InterruptedException {
    demo.endClients();
    demo.say("DROP TABLE ledger. The mirror carries it to both servers, as it must.");
    try (PsqlSession s = new PsqlSession(lab.enterLan(), LabCluster.FLOATING)) {
      s.query("DROP TABLE ledger; SELECT 'gone';");
    }
    demo.say("Restore by the runbook, the one image to both servers.");
    long began = System.nanoTime();
    restore.untilGreen(active, BY_ONE_COMMAND);
    restore.untouched(BY_ONE_COMMAND);
    demo.say("Both are GREEN, and byte by byte the image: nothing was copied between them.");
    restore.end();
    demo.awaitService(SECONDS);
    double seconds = (System.nanoTime() - began) / 1e9;
    figures.add("restore on both servers, group stop to the database answering, s", seconds);
    long rows = demo.restored(before, after);
    demo.say(
        "The database answers after %.1f s, with all %d rows up to the backup and none that was"
            + " not asked for.",
        seconds, rows);
  }
}

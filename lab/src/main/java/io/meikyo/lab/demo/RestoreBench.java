// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.LabWitness;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How long a service is away while both servers go back to an image, by the runbook's commands and
 * without a copy between them: from the stop of the group until the database answers on the
 * floating IP, the storage's own copy of the image to each server included. One caller; blocks.
 */
public final class RestoreBench {
  private static final String ACTIVE = "server1";
  private static final String IMAGE = "image";
  private static final long SECONDS = 120;

  private final Lab lab;
  private final Consumer<String> says;
  private final Figures figures = new Figures();

  /** A bench that has not begun. */
  public RestoreBench(Lab lab, Consumer<String> says) {
    this.lab = lab;
    this.says = says;
  }

  /** What was measured. */
  public Figures figures() {
    return figures;
  }

  /**
   * Runs it in a lab of its own, which is taken down in the end.
   *
   * @param type file system: ext4 or xfs
   * @param bytes size of the mirror disk
   * @return what went wrong; null if nothing did
   */
  public @Nullable String run(String type, long bytes, int count)
      throws LabProblem, IOException, InterruptedException {
    try {
      lab.up(
          new LabPlan.Wish(
              2, bytes, true, true, LabApplication.POSTGRESQL, "fast", LabWitness.VOTER, type));
      awaitDatabase();
      RunbookRestore restore = new RunbookRestore(lab);
      Path to = lab.images().backups();
      lab.run(ACTIVE, "meikyo", "backup", "create", "--to", to.toString());
      restore.adopt(to, IMAGE);
      for (int i = 0; i < count; i++) {
        once(restore);
      }
      return null;
    } catch (DemoFailed e) {
      return e.getMessage();
    } finally {
      lab.down();
    }
  }

  private void once(RunbookRestore restore)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    String active = lab.cluster().group(ACTIVE).owner();
    long began = System.nanoTime();
    restore.untilGreen(active, IMAGE);
    double green = seconds(began);
    long looked = System.nanoTime();
    restore.untouched(IMAGE);
    double looking = seconds(looked);
    restore.end();
    awaitDatabase();
    double all = seconds(began) - looking;
    figures.add("group stop to both sides GREEN, s", green);
    figures.add("group stop to the database answering, s", all);
    says.accept(
        String.format(
            Locale.ROOT, "both GREEN after %.1f s, the database answers after %.1f s", green, all));
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private void awaitDatabase() throws LabProblem, InterruptedException, IOException {
    Wait.until(
        () ->
            lab.cluster().group(ACTIVE).phase().equals("ONLINE")
                && PsqlSession.answers(lab.enterLan(), LabCluster.FLOATING),
        SECONDS,
        "the database answers",
        lab.cluster().log(ACTIVE));
  }
}

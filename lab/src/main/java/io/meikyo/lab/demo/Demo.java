// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The main job, for real, on one machine: PostgreSQL on a mirrored disk under load, while agents
 * and servers die without warning. One caller; blocks until the end.
 */
public final class Demo {
  /** Where the demo's lab is. */
  public static final Path FOLDER = Path.of("/var/tmp/meikyo-demo");

  /** With more rounds than this it is the long form, whose blows are drawn. */
  public static final int STANDARD_ROUNDS = 2;

  /** Size of the mirror disk in the standard form, and in the long one with its many rows. */
  public static final long STANDARD_BYTES = 1L << 30;

  /** See {@link #STANDARD_BYTES}. */
  public static final long LONG_BYTES = 1L << 30;

  private final Lab lab;
  private final Figures figures = new Figures();
  private final Stage stage;
  private final ClusterDemo cluster;

  /**
   * A demo that has not begun.
   *
   * @param installPostgres command that installs PostgreSQL if it is missing
   * @param says takes what happens, a sentence at a time
   */
  public Demo(Lab lab, List<String> installPostgres, Consumer<String> says)
      throws DemoStopped, InterruptedException {
    this.lab = lab;
    try {
      Postgres postgres = new Postgres(lab, PostgresPrograms.find(installPostgres));
      this.stage = new Stage(lab, postgres, figures, says);
      this.cluster = new ClusterDemo(lab, figures, says);
    } catch (DemoFailed e) {
      throw new DemoStopped(String.valueOf(e.getMessage()));
    }
  }

  /** The demo did not come to its end; the message says why. */
  public static final class DemoStopped extends Exception {
    private static final long serialVersionUID = 1;

    DemoStopped(String why) {
      super(why);
    }
  }

  /** What was measured. */
  public Figures figures() {
    return figures;
  }

  /**
   * Runs it on a cluster, where nobody does anything but switch power off and on, and once in each
   * round move the group. The lab is taken down at the end, also after a failure.
   *
   * @param bytes size of the mirror disk
   * @param rounds losses of power
   * @param seed of the moments at which things happen
   */
  public void runCluster(long bytes, int rounds, long seed)
      throws DemoStopped, InterruptedException {
    try {
      try {
        cluster.run(bytes, rounds, new Random(seed));
      } finally {
        cluster.abandon();
        lab.down();
      }
    } catch (LabProblem | DemoFailed | IOException e) {
      throw new DemoStopped(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Runs it with the mirror agents alone. The lab is taken down at the end, also after a failure.
   *
   * @param bytes size of the mirror disk
   * @param rounds losses of power; with more than {@link #STANDARD_ROUNDS} they are drawn
   * @param seed of the moments at which things happen, and in the long form of what happens
   */
  public void run(long bytes, int rounds, long seed) throws DemoStopped, InterruptedException {
    try {
      try {
        stage.open(bytes);
        if (rounds > STANDARD_ROUNDS) {
          stage.say("%d rounds, drawn with --seed %d.", rounds, seed);
          new LongDemo(stage).run(rounds, new Random(seed));
        } else {
          new StandardDemo(stage).run(rounds, new Random(seed));
        }
      } finally {
        stage.abandon();
        lab.down();
      }
    } catch (LabProblem | DemoFailed | IOException e) {
      throw new DemoStopped(String.valueOf(e.getMessage()));
    }
  }
}

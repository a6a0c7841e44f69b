// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.sim.cover.Coverage;
import io.meikyo.sim.oracle.LawBroken;
import io.meikyo.sim.oracle.TooManyVersions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One seed from its beginning to its end. */
public final class SeedRun {
  private SeedRun() {}

  /**
   * What came of it.
   *
   * @param seed the seed
   * @param events things that happened
   * @param hash of all of them in their order: equal for equal runs
   * @param abandoned the faults destroyed every copy, so that nothing could be healed, or the judge
   *     could not follow any further
   * @param failure null if every law held
   * @param story the last lines, if they were asked for
   */
  public record Result(
      long seed,
      long events,
      long hash,
      boolean abandoned,
      @Nullable Failure failure,
      List<String> story) {}

  /**
   * A law that does not hold.
   *
   * @param law its number; 0 for the interface's own rules, -1 if the engine threw
   * @param reason the sentence
   * @param trace where it was thrown
   */
  public record Failure(int law, String reason, String trace) {
    /** Short name of the law. */
    public String name() {
      return law > 0 ? "law " + law : law == 0 ? "interface" : "exception";
    }
  }

  /** Runs a seed; {@code storyLines}: how many of the last lines to keep, 0 for none. */
  public static Result run(long seed, Replica.Maker maker, Coverage cover, int storyLines) {
    Story story = new Story(storyLines);
    World w = new World(seed, maker, cover, story);
    Failure failure = null;
    boolean healed = true;
    try {
      w.begin();
      w.run(w.o.eventBudget);
      new ForcedPhase(w).run();
      HealPhase heal = new HealPhase(w);
      healed = heal.run();
      if (healed) {
        RestoreTale.tell(w, heal);
      }
      Strangers.meet(seed, new Prng(~seed), cover, maker);
    } catch (LawBroken e) {
      failure = new Failure(e.law(), String.valueOf(e.getMessage()), trace(e));
    } catch (TooManyVersions e) {
      w.tell("----", e.toString());
      healed = false;
    } catch (RuntimeException | StackOverflowError e) {
      failure = new Failure(-1, e.toString(), trace(e));
    }
    if (failure != null) {
      w.tell("----", "FAILED " + failure.name() + ": " + failure.reason());
    }
    return new Result(seed, w.events, w.hash, !healed, failure, story.lines());
  }

  /** What the seed breaks, in a line that begins with the law; nothing if every law held. */
  public static String brief(long seed) {
    Failure f = run(seed, Replica.Maker.ENGINE, new Coverage(), 0).failure();
    return f == null ? "" : f.name() + ": " + f.reason();
  }

  /** The fault model of a seed, in words. */
  public static String describe(long seed) {
    return new SwarmOptions(new Prng(seed).fork()).describe();
  }

  private static String trace(Throwable e) {
    StringWriter s = new StringWriter();
    e.printStackTrace(new PrintWriter(s));
    return s.toString();
  }
}

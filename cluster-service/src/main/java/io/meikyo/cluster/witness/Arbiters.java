// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.witness;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.core.cluster.arbitration.Arbitration.Answer;
import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.linux.Echo;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Asks whom the configuration names. Blocks as long as that says; any thread. */
public final class Arbiters {
  private Arbiters() {}

  /**
   * A question.
   *
   * @param pin incarnation of the witness that was seen while both servers were there; null if none
   * @param claim false: only ask the witness whether the group was given to us
   * @param sure the state says that we have the newest data, and a command of this life was applied
   */
  public record Question(
      UUID cluster,
      UUID group,
      String self,
      String peer,
      @Nullable UUID pin,
      boolean claim,
      boolean sure) {}

  /** An answer, and the arbiter's own words. */
  public record Said(Answer answer, String words) {}

  /** Asks. */
  public static Said ask(ClusterConfig config, Question q) throws InterruptedException {
    return switch (config.arbitration()) {
      case Arbitration.HttpWitness _ -> witness(config.witness(), q);
      case Arbitration.Ping p -> ping(p);
      case Arbitration.Fencing f -> fence(f, q);
      case Arbitration.None _, Arbitration.Operator _ ->
          new Said(Answer.UNKNOWN, "nobody is to be asked");
    };
  }

  private static Said witness(Witness where, Question q) throws InterruptedException {
    if (!(where instanceof Witness.Http http)) {
      return new Said(Answer.UNKNOWN, "no witness is configured");
    }
    UUID pin = q.pin();
    if (pin == null) {
      return new Said(
          Answer.UNKNOWN, "this server has never seen the witness while both servers were there");
    }
    try (WitnessClient client = new WitnessClient(http.url(), Duration.ofNanos(http.timeout()))) {
      WitnessClient.Claimed c =
          client.claim(pin, q.cluster(), q.group(), q.self(), !q.claim(), q.sure());
      if (c.won()) {
        return new Said(Answer.WON, http.url());
      }
      return c.winner().isEmpty() && q.claim()
          ? new Said(Answer.UNKNOWN, c.newest() + " has the newest data, and nobody else may go on")
          : new Said(Answer.LOST, c.winner() + " has gone on");
    } catch (WitnessClient.OtherIncarnation e) {
      // What a table that is gone has granted counts no more, on either side.
      return new Said(q.claim() ? Answer.UNKNOWN : Answer.LOST, http.url() + ": " + e.getMessage());
    } catch (IOException e) {
      return new Said(Answer.UNKNOWN, http.url() + ": " + e.getMessage());
    }
  }

  private static Said ping(Arbitration.Ping p) {
    StringBuilder silent = new StringBuilder();
    for (int i = 0; i < p.attempts(); i++) {
      for (IpAddress target : p.targets()) {
        try {
          if (Echo.roundTrip(InetAddress.ofLiteral(target.toString()), p.timeout()) >= 0) {
            return new Said(Answer.WON, target + " answers");
          }
        } catch (LinuxException e) {
          silent.append(e.getMessage()).append(' ');
        }
      }
    }
    return new Said(Answer.UNKNOWN, silent + "no target answers: this server may be the lost one");
  }

  private static Said fence(Arbitration.Fencing f, Question q) {
    Child.End end =
        Child.run(Child.Program.of(f.script(), q.peer()), Limit.of(Duration.ofNanos(f.timeout())));
    return end.ok()
        ? new Said(Answer.WON, f.script() + " " + q.peer() + " has confirmed")
        : new Said(Answer.UNKNOWN, f.script() + " " + q.peer() + ": " + end.said());
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Over the control socket of this server's mirror agent. */
final class AgentSnapshots implements Snapshots {
  private final Path socket;

  AgentSnapshots(Path socket) {
    this.socket = socket;
  }

  @Override
  public List<Snapshot> list() throws ImageProblem {
    return snapshots(ask(List.of("snapshot.list")));
  }

  /** What the facts of the agent's command say. */
  static List<Snapshot> snapshots(Map<String, String> facts) throws ImageProblem {
    List<Snapshot> all = new ArrayList<>();
    for (String name : facts.getOrDefault("snapshots", "").split(",", -1)) {
      if (name.isEmpty()) {
        continue;
      }
      int at = name.lastIndexOf('@');
      String adopted = fact(facts, "adopted", name, "-");
      String where = fact(facts, "where", name, "-");
      all.add(
          new Snapshot(
              name,
              at < 0 ? name : name.substring(0, at),
              "STANDS".equals(facts.get("state." + name)),
              why(fact(facts, "why", name, ""), fact(facts, "reason", name, "")),
              verdict(fact(facts, "cutStatus", name, "")),
              "-".equals(adopted) ? "" : adopted,
              number(facts, "bytes", name),
              fact(facts, "digest", name, ""),
              number(facts, "proofAt", name),
              "-".equals(where) ? "" : where,
              Path.of(fact(facts, "socket", name, ""))));
    }
    return all;
  }

  /** Why it was lost: a word, and what failed if anything did. */
  private static String why(String word, String reason) {
    return reason.isEmpty() ? word : word + ", " + reason;
  }

  private static String fact(Map<String, String> facts, String what, String name, String none) {
    return facts.getOrDefault(what + "." + name, none);
  }

  private static long number(Map<String, String> facts, String what, String name)
      throws ImageProblem {
    String text = fact(facts, what, name, "0");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ImageProblem(
          ImageNotice.AGENT_REFUSED, "snapshot.list", what + "." + name + "=" + text);
    }
  }

  private static CutStatus verdict(String text) {
    return switch (text) {
      case "PROVEN" -> CutStatus.PROVEN;
      case "UNPROVEN" -> CutStatus.UNPROVEN;
      case "UNEQUAL" -> CutStatus.UNEQUAL;
      case "VOID" -> CutStatus.VOID;
      default -> CutStatus.NONE;
    };
  }

  @Override
  public void keep(String disk, String cut, String by) throws ImageProblem {
    ask(List.of("snapshot.keep", disk, "cut=" + cut, "by=" + by));
  }

  @Override
  public void delete(String disk, String cut) throws ImageProblem {
    ask(List.of("snapshot.delete", disk, "cut=" + cut));
  }

  @Override
  public void clusterImage(String disk, String cut, Path to) throws ImageProblem {
    ask(List.of("snapshot.cluster-image", disk, "cut=" + cut, "to=" + to));
  }

  @Override
  public long bytes(String disk) throws ImageProblem {
    String bytes = ask(List.of("mirror.status", disk, "facts")).getOrDefault("bytes", "");
    try {
      return Long.parseLong(bytes);
    } catch (NumberFormatException e) {
      throw new ImageProblem(ImageNotice.AGENT_REFUSED, "mirror.status", "bytes=" + bytes);
    }
  }

  private Map<String, String> ask(List<String> words) throws ImageProblem {
    List<String> said = new ArrayList<>();
    ControlClient.Listener listener =
        new ControlClient.Listener() {
          @Override
          public void error(String text) {
            said.add(text.strip());
          }
        };
    try {
      ControlClient.Result result = ControlClient.ask(socket, "en", words, listener);
      if (result.status() != 0) {
        String why = said.isEmpty() ? "exit status " + result.status() : String.join("; ", said);
        throw new ImageProblem(ImageNotice.AGENT_REFUSED, words.getFirst(), why);
      }
      return result.facts();
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.NO_AGENT, ImageProblem.reason(e));
    }
  }
}

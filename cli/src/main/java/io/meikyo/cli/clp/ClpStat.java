// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Group;
import io.meikyo.cli.clp.ClusterPicture.Member;
import io.meikyo.cli.clp.ClusterPicture.Monitor;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpstat}: the status of the cluster. */
@Command(name = "clpstat", description = "Shows the status of the cluster.")
final class ClpStat implements Callable<Integer> {
  private static final String RULE = "=".repeat(67);
  private static final int NAME_WIDTH = 16;

  private final ClpContext context;

  @Option(names = "-s", description = "The status; what comes without an option.")
  private boolean plain;

  @Option(names = "-g", description = "Which group is on which server.")
  private boolean groups;

  @Option(names = "-m", description = "What each server's monitors find.")
  private boolean monitors;

  @Option(names = "-i", description = "The configuration.")
  private boolean configuration;

  ClpStat(ClpContext context) {
    this.context = context;
  }

  private PrintWriter out() {
    return context.out();
  }

  @Override
  public Integer call() throws IOException {
    if (configuration) {
      return config();
    }
    ClusterPicture picture = context.look(true);
    if (groups && !plain) {
      frame("GROUP STATUS", () -> map(picture));
    } else if (monitors && !plain) {
      frame("MONITOR RESOURCE STATUS", () -> watched(picture));
    } else {
      frame("CLUSTER STATUS", () -> all(picture));
    }
    return Clp.WORKED;
  }

  private void frame(String title, Runnable body) {
    int left = (RULE.length() - title.length() - 2) / 2;
    int right = RULE.length() - title.length() - 2 - left;
    out().println(" " + "=".repeat(left) + "  " + title + "  " + "=".repeat(right));
    body.run();
    out().println(" " + "=".repeat(RULE.length() + 2));
  }

  /** {@code name ......: word}. */
  private static String dotted(String indent, String name, String word) {
    int dots = Math.max(1, NAME_WIDTH - name.length());
    return indent + name + " " + ".".repeat(dots) + ": " + word;
  }

  private static String plain(String indent, String name, String word) {
    return indent + name + " ".repeat(Math.max(1, NAME_WIDTH - name.length())) + ": " + word;
  }

  // ---- the status

  private void all(ClusterPicture picture) {
    out().println(plain("  ", "Cluster", picture.clusterId()));
    if (picture.suspended()) {
      out().println(plain("  ", "Monitoring", "Suspend"));
    }
    if (!picture.backup().isEmpty()) {
      out().println(plain("  ", "Backup mode", picture.backup()));
    }
    if (!picture.leased()) {
      out().println(plain("  ", "This server", "No Majority"));
    }
    out().println("  <server>");
    for (Member m : picture.members()) {
      String star = m.name().equals(picture.self()) ? "   *" : "    ";
      out().println(dotted(star, m.name(), member(m, picture.suspended())));
    }
    out().println("  <group>");
    for (Group g : picture.groups()) {
      out().println(dotted("    ", g.name(), phase(g)));
      out().println(plain("      ", "current", g.owner().isEmpty() ? "-" : g.owner()));
      g.parts().forEach((name, is) -> out().println(plain("      ", name, part(is))));
    }
    out().println("  <monitor>");
    for (String name : names(picture)) {
      out().println(plain("    ", name, monitor(picture, name)));
    }
  }

  private static String member(Member m, boolean suspended) {
    return switch (m.health()) {
      case "UP" -> m.witness() || m.running() ? (suspended ? "Suspend" : "Online") : "Offline";
      case "UNKNOWN" -> "Unknown";
      case "SERVICE_SILENT", "CUT_OFF" -> "Caution";
      default -> "Offline";
    };
  }

  private static String phase(Group g) {
    return switch (g.phase()) {
      case "ONLINE" -> "Online";
      case "STARTING" -> "Online Pending";
      case "STOPPING" -> "Offline Pending";
      case "FAILED" -> g.wanted() ? "Online Failure" : "Offline Failure";
      case "OFFLINE" -> "Offline";
      default -> "Unknown";
    };
  }

  private static String part(String is) {
    return switch (is) {
      case "on" -> "Online";
      case "off" -> "Offline";
      case "starting" -> "Online Pending";
      case "stopping", "killing" -> "Offline Pending";
      case "broken" -> "Online Failure";
      case "stuck" -> "Offline Failure";
      default -> "Unknown";
    };
  }

  private static List<String> names(ClusterPicture picture) {
    List<String> names = new ArrayList<>();
    for (Member server : picture.servers()) {
      for (Monitor m : picture.monitors(server.name())) {
        if (!names.contains(m.name())) {
          names.add(m.name());
        }
      }
    }
    return names;
  }

  /** The worst that any server's monitor of this name finds. */
  private static String monitor(ClusterPicture picture, String name) {
    String worst = picture.suspended() ? "Suspend" : "Offline";
    for (Member server : picture.servers()) {
      for (Monitor m : picture.monitors(server.name())) {
        if (m.name().equals(name)) {
          String word = word(m, picture.suspended());
          if (word.equals("Error")) {
            return word;
          }
          worst = word.equals("Offline") ? worst : word;
        }
      }
    }
    return worst;
  }

  private static String word(Monitor m, boolean suspended) {
    if (suspended || m.resting()) {
      return "Suspend";
    }
    if (!m.watched() || !m.known()) {
      return "Offline";
    }
    return m.well() ? "Normal" : "Error";
  }

  // ---- the map of groups

  private void map(ClusterPicture picture) {
    out().println("  " + "-".repeat(RULE.length() - 1));
    for (Member m : picture.servers()) {
      StringBuilder row = new StringBuilder("  " + m.name() + " [" + mark(m.up()) + "] :");
      for (Group g : picture.groups()) {
        if (g.owner().equals(m.name())) {
          String sign =
              switch (g.phase()) {
                case "ONLINE" -> "o";
                case "FAILED" -> "e";
                default -> "p";
              };
          row.append(' ').append(g.name()).append('[').append(sign).append(']');
        }
      }
      out().println(row);
    }
  }

  private static String mark(boolean up) {
    return up ? "o" : "x";
  }

  // ---- monitors

  private void watched(ClusterPicture picture) {
    for (Member server : picture.servers()) {
      out().println("  <" + server.name() + ">");
      if (!picture.answered(server.name())) {
        out().println(plain("    ", "-", "Unknown"));
      }
      for (Monitor m : picture.monitors(server.name())) {
        String word = word(m, picture.suspended());
        String said = word.equals("Error") ? "  " + m.said() : "";
        out().println(plain("    ", m.name(), word + said));
      }
    }
  }

  // ---- the configuration

  private int config() throws IOException {
    HttpSeam.Response r =
        context.api().ask(new HttpSeam.Request("GET", "/v1/config", Map.of(), ""));
    Map<String, ?> c = JsonText.object(r.json());
    out().println("# version " + c.get("version") + ", applied by " + c.get("by"));
    out().print(c.get("text"));
    return Clp.WORKED;
  }
}

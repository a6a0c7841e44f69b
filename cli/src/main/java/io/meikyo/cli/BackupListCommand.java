// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meikyo backup list}. */
@Command(
    name = "list",
    description = "Shows the backups that were written, or were to be, on any server.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Option(names = "--here", description = "Only those of this server.")
  private boolean here;

  @Override
  public Integer call() {
    Main main = (Main) spec.root().userObject();
    Map<String, String> query = here ? Map.of() : Map.of("all", "1");
    HttpSeam.Response answer = api.ask("GET", "/v1/backups", query, "", main);
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Map<String, @Nullable Object> json = JsonText.object(answer.json());
    boolean ok = answer.status() == HttpSeam.OK;
    if (api.json()) {
      out.println(answer.json());
    } else if (ok) {
      table(backups(json)).forEach(out::println);
      if (json.get("silent") instanceof List<?> silent && !silent.isEmpty()) {
        err.println("no answer from: " + silent);
      }
    } else {
      ApiCall.lines(json).forEach(err::println);
    }
    out.flush();
    err.flush();
    return ok ? 0 : Main.FAILED;
  }

  /** The backups of an answer. */
  static List<Map<String, @Nullable Object>> backups(Map<String, @Nullable Object> answer) {
    if (!(answer.get("backups") instanceof List<?> list)) {
      return List.of();
    }
    return list.stream()
        .filter(Map.class::isInstance)
        .map(each -> {
          Map<String, @Nullable Object> named = new LinkedHashMap<>();
          ((Map<?, ?>) each).forEach((k, v) -> named.put(String.valueOf(k), v));
          return named;
        })
        .toList();
  }

  private static List<String> table(List<Map<String, @Nullable Object>> backups) {
    if (backups.isEmpty()) {
      return List.of("There is no backup.");
    }
    List<String> lines = new java.util.ArrayList<>();
    lines.add(line("BACKUP", "TAKEN", "SERVER", "STATE", "VERDICT", "DISKS", "PLACE"));
    for (Map<String, @Nullable Object> b : backups) {
      String taken = text(b, "takenAt");
      lines.add(
          line(
              text(b, "id"),
              taken.length() > 19 ? taken.substring(0, 19) + "Z" : taken,
              text(b, "server"),
              state(b),
              text(b, "verdict").equals("NONE") ? "-" : text(b, "verdict"),
              b.get("disks") instanceof List<?> disks
                  ? String.join(",", disks.stream().map(String::valueOf).toList())
                  : "-",
              b.get("place") == null ? "-" : text(b, "place")));
    }
    return lines;
  }

  /** The state, with how far it is while it is written. */
  static String state(Map<String, @Nullable Object> b) {
    String state = text(b, "state");
    return state.equals("WRITING")
            && b.get("done") instanceof Long done
            && b.get("total") instanceof Long total
            && total > 0
        ? state + " " + done * 100 / total + "%"
        : state;
  }

  static String text(Map<String, @Nullable Object> b, String name) {
    return String.valueOf(b.get(name));
  }

  private static String line(
      String id,
      String taken,
      String server,
      String state,
      String verdict,
      String disks,
      String place) {
    return String.format(
            Locale.ROOT,
            "%-16s  %-20s  %-12s  %-12s  %-8s  %-12s  %s",
            id,
            taken,
            server,
            state,
            verdict,
            disks,
            place)
        .stripTrailing();
  }
}

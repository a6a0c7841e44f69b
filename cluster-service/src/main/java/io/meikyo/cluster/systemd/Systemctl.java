// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.systemd;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The program systemctl. Any thread. */
public final class Systemctl {
  private static final String PROPERTIES =
      "LoadState,ActiveState,SubState,Result,UnitFileState,MainPID";

  private final String program;
  private final Path sign;

  /** The one of this server. */
  public Systemctl() {
    this("systemctl", Path.of("/run/systemd/system"));
  }

  /**
   * Another one.
   *
   * @param sign what is there only where systemd is process 1
   */
  public Systemctl(String program, Path sign) {
    this.program = program;
    this.sign = sign;
  }

  /**
   * An answer.
   *
   * @param missing true if no systemd runs here
   * @param end how systemctl ended
   * @param values properties of the unit; empty unless they were asked for
   */
  public record Answer(boolean missing, Child.End end, Map<String, String> values) {
    /** True if it was done. */
    public boolean ok() {
      return !missing && end.ok();
    }

    /** A property; empty if it is not among them. */
    public String value(String property) {
      return values.getOrDefault(property, "");
    }

    /** {@code active (running)}, {@code failed (exit-code)}. */
    public String state() {
      String active = value("ActiveState");
      String more = active.equals("failed") ? value("Result") : value("SubState");
      return active.isEmpty() ? "-" : active + " (" + more + ")";
    }
  }

  /** The state of a unit. One that is not there has the LoadState {@code not-found}. */
  public Answer show(String unit, Limit limit) {
    Answer answer = run(limit, List.of("show", "--property=" + PROPERTIES, "--", unit));
    Map<String, String> values = new LinkedHashMap<>();
    answer
        .end()
        .output()
        .lines()
        .forEach(line -> {
          int equals = line.indexOf('=');
          if (equals > 0) {
            values.put(line.substring(0, equals), line.substring(equals + 1));
          }
        });
    return new Answer(answer.missing(), answer.end(), values);
  }

  /** An order for a unit: {@code start}, {@code stop}. Returns when systemd has carried it out. */
  public Answer run(String verb, String unit, Limit limit) {
    return run(limit, List.of(verb, "--no-ask-password", "--", unit));
  }

  /** An order with an option. */
  public Answer run(String verb, String option, String unit, Limit limit) {
    return run(limit, List.of(verb, "--no-ask-password", option, "--", unit));
  }

  private Answer run(Limit limit, List<String> words) {
    if (!Files.isDirectory(sign)) {
      return new Answer(
          true, new Child.End(Child.How.NO_PROGRAM, -1, "there is no " + sign, 0, false), Map.of());
    }
    List<String> all = new ArrayList<>(List.of(program));
    all.addAll(words);
    Child.End end = Child.run(Child.Program.of(all.toArray(String[]::new)), limit);
    return new Answer(false, end, Map.of());
  }
}

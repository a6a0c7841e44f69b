// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run has found: ratios, and beside them the medians that they were made of. */
public final class Report {
  private final Plan plan;
  private final List<Target> targets;
  private final List<Bench.Comparison> comparisons;
  private final Samples samples;

  Report(Plan plan, List<Target> targets, List<Bench.Comparison> comparisons, Samples samples) {
    this.plan = plan;
    this.targets = targets;
    this.comparisons = comparisons;
    this.samples = samples;
  }

  /** Ratios as a table of Markdown, one row for each comparison and job. */
  public List<String> ratios() {
    List<String> lines = new ArrayList<>();
    lines.add("| target | against | job | ratio | 95 % interval |");
    lines.add("|---|---|---|---|---|");
    for (Bench.Comparison c : comparisons) {
      for (Job job : plan.jobs()) {
        Interval i = samples.ratio(job, c.target().name(), c.against().name(), plan.seed());
        if (i != null) {
          lines.add(
              String.format(
                  Locale.ROOT,
                  "| %s | %s | %s | **%.2f** | %.2f – %.2f |",
                  c.target().name(),
                  c.against().name(),
                  job.title(),
                  i.median(),
                  i.low(),
                  i.high()));
        }
      }
    }
    return lines;
  }

  /** Medians of operations per second, for whoever wants to know what the ratios are made of. */
  public List<String> medians() {
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder("| target |");
    StringBuilder rule = new StringBuilder("|---|");
    for (Job job : plan.jobs()) {
      head.append(' ').append(job.title()).append(" |");
      rule.append("---|");
    }
    lines.add(head.toString());
    lines.add(rule.toString());
    for (Target t : targets) {
      StringBuilder line = new StringBuilder("| " + t.name() + " |");
      for (Job job : plan.jobs()) {
        line.append(String.format(Locale.ROOT, " %.0f |", samples.median(job, t.name())));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** What each target is. */
  public List<String> legend() {
    return targets.stream().map(t -> "- `" + t.name() + "`: " + t.title()).toList();
  }

  /** The same for programs. */
  public Map<String, Object> facts() {
    List<Object> all = new ArrayList<>();
    for (Bench.Comparison c : comparisons) {
      for (Job job : plan.jobs()) {
        Interval i = samples.ratio(job, c.target().name(), c.against().name(), plan.seed());
        if (i != null) {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("target", c.target().name());
          one.put("against", c.against().name());
          one.put("job", job.name());
          one.put("ratio", i.median());
          one.put("low", i.low());
          one.put("high", i.high());
          one.put("rounds", i.count());
          all.add(one);
        }
      }
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("rounds", plan.rounds());
    facts.put("seconds", plan.seconds());
    facts.put("bytes", plan.bytes());
    facts.put("seed", plan.seed());
    facts.put("ratios", all);
    return facts;
  }

  /** The part of it about one of the plan's places. */
  public Report only(String place) {
    String end = "-" + place;
    return new Report(
        plan.only(place),
        targets.stream().filter(t -> t.name().endsWith(end)).toList(),
        comparisons.stream().filter(c -> c.target().name().endsWith(end)).toList(),
        samples);
  }

  /** The plan that it was made by. */
  public Plan plan() {
    return plan;
  }
}

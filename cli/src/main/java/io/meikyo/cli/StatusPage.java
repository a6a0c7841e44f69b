// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The status of the cluster as lines for people. */
final class StatusPage {
  private StatusPage() {}

  static List<String> of(Map<String, @Nullable Object> s) {
    List<String> out = new ArrayList<>();
    out.add("Cluster " + s.get("clusterId") + "  configuration " + s.get("configVersion"));
    if (s.get("suspended") instanceof Map<?, ?> rest && Boolean.TRUE.equals(rest.get("on"))) {
      out.add("  SUSPENDED by " + rest.get("by"));
    }
    if (s.get("backupMode") instanceof Map<?, ?> backup) {
      backup(out, backup);
    }
    if (Boolean.TRUE.equals(s.get("trustedLinks"))) {
      out.add("  the links between members are NOT ENCRYPTED (cluster.trusted-links)");
    }
    if (Boolean.FALSE.equals(s.get("agentIsCurrent"))) {
      out.add("  the mirror agent of this server works with a former configuration");
    }
    if (!Boolean.TRUE.equals(s.get("leased"))) {
      out.add("  this server holds no lease");
    }
    if (s.get("arbitration") instanceof Map<?, ?> pair && !"none".equals(pair.get("arbiter"))) {
      String weak = Boolean.TRUE.equals(pair.get("exclusive")) ? "" : ", weak: both may survive";
      out.add("  arbitration: " + pair.get("arbiter") + weak + ", " + pair.get("phase"));
      for (Map<?, ?> n : maps(pair.get("notices"))) {
        if (!"INFO".equals(n.get("severity")) && n.get("text") instanceof List<?> text) {
          text.forEach(t -> out.add("    " + t));
        }
      }
    }
    if (Boolean.TRUE.equals(s.get("needsRestart"))) {
      out.add("  this service starts NOTHING before it is started anew (meikyo why)");
    }
    names(out, "  counts from the next start of the service here: ", s.get("fromNextStart"));
    out.add("Servers");
    for (Map<?, ?> m : maps(s.get("servers"))) {
      String state = Boolean.TRUE.equals(m.get("running")) ? "started" : "stopped";
      out.add(
          String.format(
              java.util.Locale.ROOT,
              "  %-16s %-8s %-14s %s, %s",
              m.get("name"),
              m.get("role"),
              m.get("health"),
              "WITNESS".equals(m.get("role")) ? "votes" : state,
              m.get("startMode")));
    }
    out.add("Groups");
    for (Map<?, ?> m : maps(s.get("groups"))) {
      Object owner = m.get("owner");
      out.add(
          String.format(
              java.util.Locale.ROOT,
              "  %-16s %-9s on %s",
              m.get("name"),
              m.get("phase"),
              owner == null ? "-" : owner));
      out.addAll(resources(s, m));
      names(out, "      stopped by the operator: ", m.get("stoppedResources"));
      names(out, "      runs as it was defined before: ", m.get("waitingForRestart"));
      if (m.get("decision") instanceof Map<?, ?> d && d.get("text") instanceof List<?> text) {
        text.stream().limit(1).forEach(t -> out.add("      " + t));
      }
    }
    out.add("Mirror disks");
    for (Map<?, ?> m : maps(s.get("mirrors"))) {
      Object active = m.get("active");
      out.add(
          String.format(
              java.util.Locale.ROOT,
              "  %-16s active on %s, in sync %s",
              m.get("name"),
              active == null ? "-" : active,
              m.get("inSync")));
    }
    out.add("Monitors of " + s.get("server"));
    for (Map<?, ?> m : maps(s.get("monitors"))) {
      String how =
          !Boolean.TRUE.equals(m.get("watched"))
              ? Boolean.TRUE.equals(m.get("resting")) ? "suspended" : "off"
              : !Boolean.TRUE.equals(m.get("known"))
                  ? "not yet"
                  : Boolean.TRUE.equals(m.get("well")) ? "Normal" : "Abnormal";
      out.add(String.format(java.util.Locale.ROOT, "  %-16s %s", m.get("name"), how));
    }
    return out;
  }

  private static void names(List<String> out, String before, @Nullable Object names) {
    if (names instanceof List<?> all && !all.isEmpty()) {
      out.add(before + String.join(", ", all.stream().map(String::valueOf).toList()));
    }
  }

  /** The resources of a group where it runs: here, or as the owner told us. */
  private static List<String> resources(Map<String, @Nullable Object> s, Map<?, ?> group) {
    Object here = group.get("resources");
    Object owner = group.get("owner");
    if (owner != null && !owner.equals(s.get("server")) && s.get("others") instanceof Map<?, ?> o) {
      here = null;
      if (o.get(owner) instanceof Map<?, ?> other) {
        for (Map<?, ?> g : maps(other.get("groups"))) {
          if (String.valueOf(group.get("name")).equals(g.get("name"))) {
            here = g.get("resources");
          }
        }
      }
    }
    List<String> lines = new ArrayList<>();
    if (here instanceof Map<?, ?> map) {
      map.forEach(
          (name, is) -> lines.add(String.format(java.util.Locale.ROOT, "    %-14s %s", name, is)));
    }
    return lines;
  }

  private static List<Map<?, ?>> maps(@Nullable Object list) {
    List<Map<?, ?>> all = new ArrayList<>();
    if (list instanceof List<?> values) {
      for (Object v : values) {
        if (v instanceof Map<?, ?> m) {
          all.add(m);
        }
      }
    }
    return all;
  }

  private static void backup(List<String> out, Map<?, ?> b) {
    long since = b.get("sinceMillis") instanceof Number n ? n.longValue() : 0;
    long max = b.get("maxMillis") instanceof Number n ? n.longValue() : 0;
    if (Boolean.TRUE.equals(b.get("on"))) {
      out.add(
          "  BACKUP MODE since "
              + java.time.Instant.ofEpochMilli(since)
              + " by "
              + b.get("by")
              + " on "
              + b.get("server")
              + ("STANDS".equals(b.get("stage")) ? "" : ", not yet held")
              + "; writes are held for "
              + max / 1000
              + " s at most");
      out.add("    it ends with: clpbackup.sh --post --online");
    } else if ("VOID".equals(b.get("stage"))) {
      out.add(
          "  the image of the backup of "
              + java.time.Instant.ofEpochMilli(since)
              + " is VOID and must not be used");
    }
  }
}

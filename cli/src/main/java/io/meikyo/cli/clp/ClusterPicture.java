// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code /v1/status} says, by name. Immutable. */
final class ClusterPicture {
  /** A member. */
  record Member(
      String name, boolean witness, String health, boolean running, List<String> resting) {
    boolean up() {
      return health.equals("UP");
    }
  }

  /** A group. */
  record Group(
      String name,
      String owner,
      String phase,
      boolean wanted,
      String why,
      Map<String, String> parts) {}

  /** A mirror disk as the cluster has decided, and as each server's agent sees it. */
  record Mirror(
      String name,
      String diskId,
      List<String> servers,
      String active,
      List<String> inSync,
      Map<String, Map<String, String>> agents) {}

  /** A monitor as one server has it. */
  record Monitor(
      String name, boolean watched, boolean known, boolean well, String said, boolean resting) {}

  private final Map<String, @Nullable Object> mine;

  ClusterPicture(Map<String, @Nullable Object> mine) {
    this.mine = mine;
  }

  String self() {
    return text(mine.get("server"));
  }

  boolean suspended() {
    return backupOn()
        || (mine.get("suspended") instanceof Map<?, ?> m && Boolean.TRUE.equals(m.get("on")));
  }

  /** Backup mode; empty if it is off. */
  String backup() {
    if (!(mine.get("backupMode") instanceof Map<?, ?> b)) {
      return "";
    }
    String by = text(b.get("by")) + " on " + text(b.get("server"));
    return switch (text(b.get("stage"))) {
      case "BEGINNING" -> "Beginning, by " + by;
      case "STANDS" -> "On, by " + by;
      case "VOID" -> "Void: its image must not be used";
      case "OFFLINE" -> "Servers shut down for it, by " + by;
      default -> "";
    };
  }

  /** Servers that are, or are to be, shut down for their image. */
  List<String> offline() {
    return mine.get("backupMode") instanceof Map<?, ?> b ? list(b.get("servers")) : List.of();
  }

  /** The cut of the backup that is on, in hexadecimal; "0" if none is. */
  String cut() {
    return mine.get("backupMode") instanceof Map<?, ?> b ? text(b.get("cut")) : "0";
  }

  /** Backup mode keeps monitoring and failover at rest. */
  boolean backupOn() {
    return mine.get("backupMode") instanceof Map<?, ?> b && Boolean.TRUE.equals(b.get("on"));
  }

  boolean leased() {
    return Boolean.TRUE.equals(mine.get("leased"));
  }

  String clusterId() {
    return text(mine.get("clusterId"));
  }

  long configVersion() {
    return mine.get("configVersion") instanceof Number n ? n.longValue() : 0;
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
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

  private static Map<String, String> texts(@Nullable Object map) {
    Map<String, String> all = new LinkedHashMap<>();
    if (map instanceof Map<?, ?> m) {
      m.forEach((k, v) -> all.put(text(k), text(v)));
    }
    return all;
  }

  /** What another server said of itself; null if it did not answer. */
  private @Nullable Map<?, ?> other(String server) {
    if (server.equals(self())) {
      return mine;
    }
    return mine.get("others") instanceof Map<?, ?> others
            && others.get(server) instanceof Map<?, ?> said
        ? said
        : null;
  }

  /** True if the server answered for itself. */
  boolean answered(String server) {
    return other(server) != null;
  }

  List<Member> members() {
    return maps(mine.get("servers")).stream()
        .map(m ->
            new Member(
                text(m.get("name")),
                "WITNESS".equals(m.get("role")),
                text(m.get("health")),
                Boolean.TRUE.equals(m.get("running")),
                list(m.get("restingMonitors"))))
        .toList();
  }

  List<Member> servers() {
    return members().stream().filter(m -> !m.witness()).toList();
  }

  List<Group> groups() {
    return maps(mine.get("groups")).stream().map(this::group).toList();
  }

  private Group group(Map<?, ?> g) {
    String name = text(g.get("name"));
    String owner = text(g.get("owner"));
    Map<String, String> parts = texts(g.get("resources"));
    Map<?, ?> there = owner.isEmpty() ? null : other(owner);
    if (there == null && !owner.isEmpty()) {
      parts.replaceAll((_, _) -> "");
    } else if (there != null) {
      for (Map<?, ?> theirs : maps(there.get("groups"))) {
        if (name.equals(theirs.get("name"))) {
          parts = texts(theirs.get("resources"));
        }
      }
    }
    String why = "";
    if (g.get("decision") instanceof Map<?, ?> d
        && d.get("text") instanceof List<?> lines
        && !lines.isEmpty()) {
      why = text(lines.getFirst());
    }
    return new Group(
        name, owner, text(g.get("phase")), Boolean.TRUE.equals(g.get("wanted")), why, parts);
  }

  @Nullable Group group(String name) {
    return groups().stream().filter(g -> g.name().equals(name)).findFirst().orElse(null);
  }

  List<Mirror> mirrors() {
    return maps(mine.get("mirrors")).stream().map(this::mirror).toList();
  }

  @Nullable Mirror mirror(String name) {
    return mirrors().stream().filter(m -> m.name().equals(name)).findFirst().orElse(null);
  }

  private Mirror mirror(Map<?, ?> m) {
    String name = text(m.get("name"));
    List<String> servers = list(m.get("servers"));
    Map<String, Map<String, String>> agents = new LinkedHashMap<>();
    for (String server : servers) {
      Map<?, ?> there = other(server);
      if (there != null) {
        for (Map<?, ?> theirs : maps(there.get("mirrors"))) {
          Map<String, String> facts = texts(theirs.get("agent"));
          if (name.equals(theirs.get("name")) && !facts.isEmpty()) {
            agents.put(server, facts);
          }
        }
      }
    }
    return new Mirror(
        name, text(m.get("diskId")), servers, text(m.get("active")), list(m.get("inSync")), agents);
  }

  private static List<String> list(@Nullable Object list) {
    return list instanceof List<?> all
        ? all.stream().map(ClusterPicture::text).toList()
        : List.of();
  }

  /** The monitors of a server; empty if it did not answer. */
  List<Monitor> monitors(String server) {
    Map<?, ?> there = other(server);
    return there == null
        ? List.of()
        : maps(there.get("monitors")).stream().map(ClusterPicture::monitor).toList();
  }

  private static Monitor monitor(Map<?, ?> m) {
    String said =
        m.get("said") instanceof Map<?, ?> s
                && s.get("text") instanceof List<?> lines
                && !lines.isEmpty()
            ? text(lines.getFirst())
            : "";
    return new Monitor(
        text(m.get("name")),
        Boolean.TRUE.equals(m.get("watched")),
        Boolean.TRUE.equals(m.get("known")),
        Boolean.TRUE.equals(m.get("well")),
        said,
        Boolean.TRUE.equals(m.get("resting")));
  }
}

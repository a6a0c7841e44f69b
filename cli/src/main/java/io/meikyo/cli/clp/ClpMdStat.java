// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Mirror;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpmdstat}: the status of mirror disks. */
@Command(name = "clpmdstat", description = "Shows the status of mirror disks.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpMdStat implements Callable<Integer> {
  private static final int COLUMN = 20;
  private static final int RULE = 60;

  private final ClpContext context;

  /** What is to be shown: one of them. */
  static final class What {
    @Option(
        names = {"--mirror", "-m"},
        paramLabel = "MIRROR",
        description = "Its status.")
    @Nullable String mirror;

    @Option(
        names = {"--list", "-l"},
        description = "All names.")
    boolean list;

    @Option(
        names = {"--detail", "-d"},
        paramLabel = "MIRROR",
        description = "All that is known.")
    @Nullable String detail;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  ClpMdStat(ClpContext context) {
    this.context = context;
  }

  /** The colour of one server's replica. */
  enum Colour {
    /** It has the newest data. */
    GREEN,
    /** It is being recovered. */
    YELLOW,
    /** It has not the newest data. */
    RED,
    /** Not known, or stopped. */
    GRAY,
    /** Active on both. */
    BLUE
  }

  private PrintWriter out() {
    return context.out();
  }

  @Override
  public Integer call() throws IOException {
    ClusterPicture picture = context.look(true);
    if (what.list) {
      picture.mirrors().forEach(m -> out().println("<" + m.name() + ">"));
      return Clp.WORKED;
    }
    String detail = what.detail;
    String name = detail != null ? detail : String.valueOf(what.mirror);
    Mirror mirror = picture.mirror(name);
    if (mirror == null) {
      context.failed("There is no mirror disk " + name + ".");
      return Clp.FAILED;
    }
    show(mirror, detail != null);
    return Clp.WORKED;
  }

  private void show(Mirror m, boolean detail) {
    List<Colour> colours = m.servers().stream().map(s -> colour(m, s)).toList();
    out().println();
    out().println("  Mirror Status: " + status(m, colours));
    out().println();
    row(m.name(), m.servers());
    out().println("  " + "-".repeat(RULE));
    row("Mirror Color", colours.stream().map(Enum::name).toList());
    if (colours.contains(Colour.YELLOW) || colours.contains(Colour.RED)) {
      row("Left To Copy", each(m, s -> left(m, s)));
    }
    if (detail) {
      row("Role", each(m, s -> fact(m, s, "role")));
      row("Condition", each(m, s -> fact(m, s, "condition")));
      row("Epoch", each(m, s -> fact(m, s, "epoch")));
      row("Generation", each(m, s -> fact(m, s, "generation")));
      row("Encrypted Link", each(m, s -> fact(m, s, "encrypted")));
      row("Hold", each(m, s -> fact(m, s, "hold")));
    }
    out().println();
  }

  private void row(String head, List<String> cells) {
    StringBuilder line = new StringBuilder("  " + pad(head));
    cells.forEach(c -> line.append(pad(c)));
    out().println(line.toString().stripTrailing());
  }

  private static String pad(String text) {
    return text + " ".repeat(Math.max(1, COLUMN - text.length()));
  }

  private static List<String> each(Mirror m, Function<String, String> cell) {
    return m.servers().stream().map(cell).toList();
  }

  private static String fact(Mirror m, String server, String name) {
    return m.agents().getOrDefault(server, Map.of()).getOrDefault(name, "-");
  }

  /** What the active still has to bring to this server, as it says. */
  private static String left(Mirror m, String server) {
    String chunks = fact(m, m.active(), "peers." + server + ".dirtyChunks");
    return chunks.equals("-") ? "-" : chunks + " x 64 KiB";
  }

  static Colour colour(Mirror m, String server) {
    Map<String, String> agent = m.agents().get(server);
    if (agent == null || !agent.containsKey("role") || agent.get("role").equals("DETACHED")) {
      return Colour.GRAY;
    }
    long actives = m.agents().values().stream().filter(a -> "ACTIVE".equals(a.get("role"))).count();
    if (actives > 1 && "ACTIVE".equals(agent.get("role"))) {
      return Colour.BLUE;
    }
    if ("RESTORED".equals(agent.get("condition"))) {
      // What the record says of this server is from before its disk was replaced.
      return Colour.RED;
    }
    if (m.inSync().contains(server)) {
      return Colour.GREEN;
    }
    String mode = fact(m, m.active(), "peers." + server + ".mode");
    boolean connected = "true".equals(fact(m, m.active(), "peers." + server + ".connected"));
    boolean copies = connected && !mode.equals("NONE") && !mode.equals("-");
    return copies ? Colour.YELLOW : Colour.RED;
  }

  static String status(Mirror m, List<Colour> colours) {
    if (m.inSync().isEmpty()) {
      return "No Construction";
    }
    List<Colour> seen = new ArrayList<>(colours);
    if (seen.stream().allMatch(c -> c == Colour.GREEN)) {
      return "Normal";
    }
    if (seen.stream().allMatch(c -> c == Colour.GRAY)) {
      return "Uncertain";
    }
    return seen.contains(Colour.YELLOW) ? "Recovering" : "Abnormal";
  }
}

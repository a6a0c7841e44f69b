// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.mirror;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.agent.control.ControlTalk;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.linux.BootTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the mirror agent of this server again and again how its mirror disks are. One thread of its
 * own; an agent that does not answer is said not to run.
 */
public final class AgentWatch implements AutoCloseable {
  /** So many looks in the time that one of them is believed, when much depends on it. */
  private static final int LOOKS = 5;

  /** Each so often of them while nothing does. */
  private static final int CALM = 2;

  private static final ControlClient.Listener QUIET = new ControlClient.Listener() {};

  private final Path socket;
  private final Supplier<List<String>> disks;
  private final Consumer<NodeEvent> events;
  private final long intervalNanos;
  private final BooleanSupplier calm;
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile Map<String, Map<String, String>> facts = Map.of();

  /**
   * A watch that begins at once.
   *
   * @param disks names of the mirror disks that this server has
   * @param believed how long an answer is believed, ns
   * @param calm all members are heard, and no lease is missing: then half of the looks will do
   */
  public AgentWatch(
      Path socket,
      Supplier<List<String>> disks,
      Consumer<NodeEvent> events,
      long believed,
      BooleanSupplier calm) {
    this.calm = calm;
    this.intervalNanos = believed / LOOKS;
    this.socket = socket;
    this.disks = disks;
    this.events = events;
    Thread.ofPlatform().daemon().name("agent-watch").start(this::run);
  }

  /** What the agent said last, per mirror disk; empty if it does not run. */
  public Map<String, Map<String, String>> facts() {
    return facts;
  }

  private void run() {
    try (Line line = new Line(socket)) {
      do {
        events.accept(look(line));
      } while (!passed());
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  /** Until the next look; true if there is none. */
  private boolean passed() throws InterruptedException {
    boolean over = end.await(intervalNanos, TimeUnit.NANOSECONDS);
    for (int i = 1; i < CALM && !over && calm.getAsBoolean(); i++) {
      over = end.await(intervalNanos, TimeUnit.NANOSECONDS);
    }
    return over;
  }

  private NodeEvent look(Line line) {
    Map<String, Map<String, String>> all = new HashMap<>();
    long askedAt = BootTime.nanos();
    boolean runs = line.ask(disks.get(), all);
    facts = Map.copyOf(all);
    return view(askedAt, runs, all);
  }

  /** Asks once. Blocks as long as the agent needs for its answer. */
  public static NodeEvent.Agent look(Path socket, List<String> disks) {
    Map<String, Map<String, String>> all = new HashMap<>();
    long askedAt = BootTime.nanos();
    try (Line line = new Line(socket)) {
      return view(askedAt, line.ask(disks, all), all);
    }
  }

  /** The connection to the agent, kept from one look to the next. One thread. */
  private static final class Line implements AutoCloseable {
    private final Path socket;
    private @Nullable ControlTalk talk;

    Line(Path socket) {
      this.socket = socket;
    }

    /** True if it runs; what it says of each disk is put into {@code all}. */
    boolean ask(List<String> disks, Map<String, Map<String, String>> all) {
      boolean kept = talk != null;
      try {
        return take(disks, all);
      } catch (ControlClient.Lost e) {
        // Perhaps it was another life that we were connected to; and perhaps it runs no more.
        all.clear();
        close();
        return kept && ask(disks, all);
      } catch (IOException e) {
        // Silent or gone: it does not run, and that is what is told.
        all.clear();
        close();
        return false;
      }
    }

    private boolean take(List<String> disks, Map<String, Map<String, String>> all)
        throws IOException {
      for (String disk : disks) {
        ControlTalk to = talk;
        if (to == null) {
          to = new ControlTalk(socket);
          talk = to;
        }
        ControlClient.Result result = to.ask("en", List.of("mirror.status", disk, "facts"), QUIET);
        if (result.status() == 0) {
          all.put(disk, result.facts());
        }
      }
      return !disks.isEmpty();
    }

    @Override
    public void close() {
      ControlTalk old = talk;
      talk = null;
      if (old != null) {
        try {
          old.close();
        } catch (IOException e) {
          // It is closed for us whatever the system says of it.
          talk = null;
        }
      }
    }
  }

  static NodeEvent.Agent view(long askedAt, boolean runs, Map<String, Map<String, String>> facts) {
    if (!runs) {
      return NodeEvent.Agent.silent(askedAt);
    }
    // One that serves no mirror disk has promised nothing.
    long promisedAgo = Long.MAX_VALUE / 4;
    Set<String> hears = new HashSet<>();
    Map<String, NodeEvent.Agent.DiskView> views = new HashMap<>();
    for (Map.Entry<String, Map<String, String>> e : facts.entrySet()) {
      Map<String, String> f = e.getValue();
      String ago = f.getOrDefault("promisedAgoMillis", "-1");
      promisedAgo = Math.min(promisedAgo, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(ago)));
      boolean active = "ACTIVE".equals(f.get("role"));
      // One that is in sync and does not follow may be promoted: all must, and there must be one.
      boolean any = false;
      boolean all = "true".equals(f.get("answered"));
      for (String key : f.keySet()) {
        if (key.startsWith("peers.") && key.endsWith(".connected")) {
          String peer = key.substring("peers.".length(), key.length() - ".connected".length());
          boolean connected = "true".equals(f.get(key));
          if (connected) {
            hears.add(peer);
          }
          if ("true".equals(f.get("peers." + peer + ".inSync"))) {
            any = true;
            all &= connected && !"NONE".equals(f.getOrDefault("peers." + peer + ".mode", "NONE"));
          }
        }
      }
      views.put(e.getKey(), new NodeEvent.Agent.DiskView(active, active && any && all, still(f)));
    }
    return new NodeEvent.Agent(askedAt, true, promisedAgo, hears, views);
  }

  private static NodeEvent.Agent.Still still(Map<String, String> f) {
    return new NodeEvent.Agent.Still(
        !"NONE".equals(f.getOrDefault("hold", "NONE")),
        "true".equals(f.get("flag")),
        Long.parseUnsignedLong(f.getOrDefault("cut", "0"), 16),
        "VOID".equals(f.get("cutStatus")),
        "true".equals(f.get("imageWaits")));
  }

  @Override
  public void close() {
    end.countDown();
  }
}

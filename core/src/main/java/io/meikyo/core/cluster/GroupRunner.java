// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the resources of one group on this server: which is started or stopped next, in the order of
 * their dependencies, how often it is tried again, and how the whole stands.
 *
 * <pre>
 *            start                    all on
 *  STOPPED ─────────▶ STARTING ───────────────▶ RUNNING
 *     ▲                  │ retries used up         │ a resource is lost, and cannot be restarted
 *     │                  ▼                         ▼
 *     │               FAILED ◀─────────────────────┘        stop, from any:
 *     └───────────── STOPPING ◀── stop / fence                FENCING = the same without waiting
 * </pre>
 *
 * Mirror disks come before everything else of the group, whatever the dependencies say: their
 * promotion is what the data's fencing rests on (rule R5). Pure: it says what to begin ({@link
 * Task}), and is told how that ended; whoever drives it runs the tasks and their deadlines.
 */
public final class GroupRunner {
  /** How the group stands here. */
  public enum State {
    /** Nothing of it runs here. */
    STOPPED,
    /** Resources are being started. */
    STARTING,
    /** All run. */
    RUNNING,
    /** Resources are being stopped. */
    STOPPING,
    /** Something could not be started, or was lost for good. What runs still runs. */
    FAILED,
    /** Something could not be stopped. */
    STUCK
  }

  /** What is done with a resource. */
  public enum Act {
    /** Start it. */
    START,
    /** Stop it in good order. */
    STOP,
    /** Take it down at once (rule R16). */
    STOP_HARD
  }

  /**
   * Something to begin now.
   *
   * @param number names it when it ends; one that ends late, after another was begun, is ignored
   * @param timeout ns after which it counts as failed
   * @param definition what it is to be done with: what was started by a former definition is
   *     stopped by that one
   */
  public record Task(long number, String resource, Act act, long timeout, Resource definition) {}

  private enum Is {
    OFF,
    STARTING,
    ON,
    STOPPING,
    BROKEN,
    STUCK
  }

  private static final class Part {
    Resource resource;
    Is is = Is.OFF;
    int tries;
    long task;
    @Nullable Notice said;

    Part(Resource resource) {
      this.resource = resource;
    }
  }

  private static final long HARD_NANOS = 5_000_000_000L;

  private Group group;
  private Group latest;
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private final Map<String, Set<String>> needs = new LinkedHashMap<>();
  private boolean up;
  private boolean hard;
  private final Set<String> restarting = new HashSet<>();

  /** What the operator has stopped, and all that needs it. */
  private Set<String> held = Set.of();

  private long tasks;

  /** A group of which nothing is known to run. Use {@link #adopt} for what is found running. */
  public GroupRunner(Group group) {
    this.group = group;
    this.latest = group;
    Set<String> mirrors = new HashSet<>();
    for (Resource r : group.resources()) {
      parts.put(r.name(), new Part(r));
      if (r.settings() instanceof ResourceSettings.Md) {
        mirrors.add(r.name());
      }
    }
    for (Resource r : group.resources()) {
      Set<String> need = new HashSet<>(r.dependsOn());
      if (!mirrors.contains(r.name())) {
        need.addAll(mirrors);
      }
      needs.put(r.name(), need);
    }
  }

  /** A runner of the group as it is defined now; only where nothing of it runs. */
  GroupRunner anew(Group now) {
    Invariant.check(state() == State.STOPPED, "a group that runs keeps its runner");
    GroupRunner next = new GroupRunner(now);
    next.tasks = tasks; // what ends late is of a number that is never given out again
    return next;
  }

  /** The group, as it runs here. */
  public Group group() {
    return group;
  }

  // ---- a definition that changes while it runs

  /**
   * Defines the group anew. Times, retries and actions count at once; what a resource is, from its
   * next start on; which resources there are and what they need, when all are stopped and a new
   * runner is made.
   */
  public void define(Group now) {
    latest = now;
    for (Part p : parts.values()) {
      Resource next = now.resource(p.resource.name()).orElse(null);
      if (next != null && next.settings().equals(p.resource.settings()) && sameNeeds(p, next)) {
        p.resource = next;
      }
    }
    regroup();
  }

  private static boolean sameNeeds(Part p, Resource next) {
    return Set.copyOf(p.resource.dependsOn()).equals(Set.copyOf(next.dependsOn()));
  }

  /** A resource that is about to start takes its new definition, if the others need not know. */
  private void renew(Part p) {
    Resource next = latest.resource(p.resource.name()).orElse(null);
    boolean mirror = p.resource.settings() instanceof ResourceSettings.Md;
    if (next != null && !mirror && next.kind() == p.resource.kind() && sameNeeds(p, next)) {
      p.resource = next;
      regroup();
    }
  }

  private void regroup() {
    group = latest.with(parts.values().stream().map(p -> p.resource).toList());
  }

  /** Resources whose new definition waits: for their next start, or for that of the whole group. */
  public List<String> waiting() {
    List<String> names = new ArrayList<>();
    for (Part p : parts.values()) {
      if (!latest.resources().contains(p.resource)) {
        names.add(p.resource.name());
      }
    }
    for (Resource r : latest.resources()) {
      if (!parts.containsKey(r.name())) {
        names.add(r.name());
      }
    }
    return names;
  }

  // ---- what is wanted

  /** It should run here. After a failure: try again from the beginning. */
  public List<Task> start() {
    up = true;
    hard = false;
    for (Part p : parts.values()) {
      p.tries = 0;
      if (p.is == Is.BROKEN || p.is == Is.STUCK) {
        p.is = Is.OFF;
      }
    }
    return next();
  }

  /** It should not run here. */
  public List<Task> stop() {
    up = false;
    restarting.clear();
    for (Part p : parts.values()) {
      p.tries = 0;
    }
    return next();
  }

  /** The operator has said something: what could not be stopped or started is tried again. */
  public List<Task> again() {
    boolean stuck = false;
    for (Part p : parts.values()) {
      if (p.is == Is.STUCK || (up && p.is == Is.BROKEN)) {
        stuck = true;
        p.is = Is.BROKEN;
        p.tries = 0;
        if (up) {
          restarting.add(p.resource.name());
        }
      }
    }
    return stuck ? next() : List.of();
  }

  /**
   * These are not to run, though the group does: the operator has stopped them. What needs them is
   * stopped too, and all that runs again when they are not named any more.
   */
  public List<Task> hold(Set<String> off) {
    Set<String> all = new HashSet<>(off);
    all.retainAll(parts.keySet());
    addThoseInNeed(all);
    if (all.equals(held)) {
      return List.of();
    }
    for (Part p : parts.values()) {
      if (all.contains(p.resource.name()) != held.contains(p.resource.name())) {
        p.tries = 0;
      }
    }
    held = Set.copyOf(all);
    return up ? next() : List.of();
  }

  private void addThoseInNeed(Set<String> names) {
    boolean more = true;
    while (more) {
      more = false;
      for (var e : needs.entrySet()) {
        if (!names.contains(e.getKey()) && e.getValue().stream().anyMatch(names::contains)) {
          names.add(e.getKey());
          more = true;
        }
      }
    }
  }

  /** It must not run here any more: everything is taken down at once, without an order. */
  public List<Task> fence() {
    boolean again = hard && !up;
    up = false;
    hard = true;
    restarting.clear();
    if (again) {
      return next();
    }
    List<Task> all = new ArrayList<>();
    for (Part p : parts.values()) {
      if (p.is != Is.OFF) {
        all.add(begin(p, Act.STOP_HARD));
      }
    }
    return all;
  }

  /** A resource is stopped and started again where it is, with all that need it. */
  public List<Task> restart(String resource) {
    if (!up || !parts.containsKey(resource)) {
      return List.of();
    }
    restarting.add(resource);
    addThoseInNeed(restarting);
    restarting.removeIf(name -> part(name).is != Is.ON && part(name).is != Is.BROKEN);
    for (String name : restarting) {
      part(name).tries = 0;
    }
    return next();
  }

  /** This resource was found running, when we started: a former life of ours has started it. */
  public void adopt(String resource) {
    part(resource).is = Is.ON;
    up = true;
  }

  /** True if it should run, does not yet, and nothing is under way: after {@link #adopt}. */
  public boolean stalled() {
    return up
        && restarting.isEmpty()
        && state() == State.STARTING
        && parts.values().stream().noneMatch(p -> p.is == Is.STARTING || p.is == Is.STOPPING);
  }

  // ---- what happened

  /** A task ended. */
  public List<Task> ended(long number, boolean well, @Nullable Notice said) {
    for (Part p : parts.values()) {
      if (p.task == number && (p.is == Is.STARTING || p.is == Is.STOPPING)) {
        p.said = said;
        if (p.is == Is.STARTING) {
          p.is = well ? Is.ON : failedStart(p);
        } else {
          p.is = well ? Is.OFF : failedStop(p);
        }
        return next();
      }
    }
    return List.of();
  }

  /** What a failed start may have left is stopped before it is tried again. */
  private Is failedStart(Part p) {
    p.tries++;
    if (p.tries <= p.resource.startRetries() && up) {
      restarting.add(p.resource.name());
    }
    return Is.BROKEN;
  }

  private Is failedStop(Part p) {
    p.tries++;
    return p.tries > p.resource.stopRetries() ? Is.STUCK : Is.ON;
  }

  // ---- what to do next

  private List<Task> next() {
    List<Task> out = new ArrayList<>();
    if (up) {
      for (String name : List.copyOf(restarting)) {
        stopIfFree(part(name), out);
      }
      restarting.removeIf(name -> part(name).is == Is.OFF);
      for (String name : held) {
        stopIfFree(part(name), out);
      }
      boolean broken = parts.values().stream().anyMatch(p -> p.is == Is.BROKEN || p.is == Is.STUCK);
      if (restarting.isEmpty() && !broken) {
        for (Part p : parts.values()) {
          if (p.is == Is.OFF
              && !held.contains(p.resource.name())
              && needs(p).allMatch(n -> n.is == Is.ON)) {
            out.add(begin(p, Act.START));
          }
        }
      }
    } else {
      for (Part p : parts.values()) {
        stopIfFree(p, out);
      }
    }
    return out;
  }

  /** Stops what no running resource needs any more. What is being started ends first. */
  private void stopIfFree(Part p, List<Task> out) {
    if (p.is != Is.ON && p.is != Is.BROKEN) {
      return;
    }
    boolean needed =
        parts.values().stream()
            .anyMatch(other ->
                other != p
                    && other.is != Is.OFF
                    && set(other.resource.name()).contains(p.resource.name()));
    if (!needed || hard) {
      out.add(begin(p, hard ? Act.STOP_HARD : Act.STOP));
    }
  }

  private Task begin(Part p, Act act) {
    if (act == Act.START) {
      renew(p);
    }
    p.is = act == Act.START ? Is.STARTING : Is.STOPPING;
    p.task = ++tasks;
    long timeout =
        switch (act) {
          case START -> p.resource.startTimeout();
          case STOP -> p.resource.stopTimeout();
          case STOP_HARD -> HARD_NANOS;
        };
    return new Task(p.task, p.resource.name(), act, timeout, p.resource);
  }

  private java.util.stream.Stream<Part> needs(Part p) {
    return set(p.resource.name()).stream().map(this::part);
  }

  private Set<String> set(String resource) {
    return needs.getOrDefault(resource, Set.of());
  }

  private Part part(String resource) {
    Part p = parts.get(resource);
    if (p == null) {
      throw new IllegalArgumentException("no resource " + resource + " in " + group.name());
    }
    return p;
  }

  // ---- how it stands

  /** The state of the whole. */
  public State state() {
    boolean all = true;
    boolean none = true;
    boolean busy = false;
    boolean broken = false;
    boolean stuck = false;
    for (Part p : parts.values()) {
      all &= p.is == (held.contains(p.resource.name()) ? Is.OFF : Is.ON);
      none &= p.is == Is.OFF;
      busy |= p.is == Is.STARTING || p.is == Is.STOPPING;
      broken |= p.is == Is.BROKEN;
      stuck |= p.is == Is.STUCK;
    }
    if (stuck && !busy) {
      return State.STUCK;
    }
    if (!up) {
      return none ? State.STOPPED : State.STOPPING;
    }
    if (broken && !busy) {
      return State.FAILED;
    }
    return all ? State.RUNNING : State.STARTING;
  }

  /** True if the group should run here, as it was told last. */
  public boolean wanted() {
    return up;
  }

  /** True while it is being taken down by force. */
  public boolean fencing() {
    return hard && !up;
  }

  /** One word per resource: off, starting, on, stopping, broken, stuck. */
  public Map<String, String> resources() {
    Map<String, String> words = new LinkedHashMap<>();
    parts.forEach((name, p) -> words.put(name, p.is.name().toLowerCase(java.util.Locale.ROOT)));
    return words;
  }

  /** What a resource said when its last task ended; null if nothing. */
  public @Nullable Notice said(String resource) {
    return part(resource).said;
  }

  /** The first resource that could not be started or stopped; null if none. */
  public @Nullable Resource culprit() {
    for (Part p : parts.values()) {
      if (p.is == Is.BROKEN || p.is == Is.STUCK) {
        return p.resource;
      }
    }
    return null;
  }
}

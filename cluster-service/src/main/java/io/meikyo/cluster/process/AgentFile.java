// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.config.AgentConfigWriter;
import io.meikyo.cluster.config.AgentConfigWriter.Ids;
import io.meikyo.cluster.config.AgentConfigWriter.Places;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the mirror agent's configuration as the cluster's says, and the agent at it. An agent that
 * was started before its file was written works with the former one, and is restarted while none of
 * its mirror disks is active here; while one is, it waits (law 11).
 *
 * <p>When the agent was started is told by its control socket, which it makes anew each time.
 * Called by one thread at a time; {@link #stand} by any.
 */
final class AgentFile {
  /** How the running agent and its file stand to each other. */
  enum Stand {
    /** It works with the file as it is, or takes it when it starts. */
    CURRENT,
    /** It works with a former one. */
    FORMER
  }

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Set<String> AT_REST = Set.of("STANDBY", "DETACHED");
  private static final long PAUSE_NANOS = 30_000_000_000L;

  private final ServiceFolder folder;
  private final String server;
  private final @Nullable TlsFiles tls;
  private final @Nullable String unit;
  private final Systemctl systemctl;
  private final Consumer<Notice> log;
  private final ConfigCarrier carrier;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable Notice said;
  private long notBefore = System.nanoTime();

  /**
   * For a server.
   *
   * @param tls its keys; null: it has none
   * @param unit the agent's systemd unit; null: somebody else starts and stops it
   */
  AgentFile(
      ServiceFolder folder,
      String server,
      @Nullable TlsFiles tls,
      @Nullable String unit,
      Systemctl systemctl,
      Consumer<Notice> log) {
    this.folder = folder;
    this.server = server;
    this.tls = tls;
    this.unit = unit;
    this.systemctl = systemctl;
    this.log = log;
    this.carrier = new ConfigCarrier(ConfigCarrier.over(folder.agent()), log);
  }

  /**
   * Writes the file if it says something new, and lets the mirror disks carry what it is made of,
   * as {@link ConfigCarrier} does; without mirror disks on this server there is none.
   *
   * @throws IOException if it cannot be written
   */
  void write(ClusterConfig c, UUID cluster, ConfigState state) throws IOException {
    carrier.carry(cluster, state);
    Map<String, UUID> ids = new HashMap<>();
    state.disks().forEach((name, facts) -> ids.put(name, facts.diskId()));
    Places places =
        new Places(
            folder.agent().toAbsolutePath(),
            folder.state().toAbsolutePath(),
            folder.keeper().toAbsolutePath(),
            "unix:" + folder.record().toAbsolutePath(),
            tls);
    Path file = folder.agentConfig();
    boolean there = Files.exists(file);
    if (c.mirrors().stream()
        .noneMatch(m -> ids.containsKey(m.name()) && m.on(server).isPresent())) {
      if (there) {
        Files.delete(file);
        log.accept(Notice.of(ServiceNotice.AGENT_NOT_NEEDED, file));
      }
      return;
    }
    String text = AgentConfigWriter.text(c, server, places, new Ids(cluster, ids));
    if (there && Files.readString(file).equals(text)) {
      return;
    }
    WholeFile.write(file, text);
    log.accept(Notice.of(ServiceNotice.AGENT_CONFIGURED, file));
    if (unit != null && !Files.exists(folder.agent())) {
      order("start", unit);
    }
  }

  /** How the running agent and its file stand to each other. */
  Stand stand() {
    try {
      if (Files.exists(folder.agent()) && Files.exists(folder.agentConfig())) {
        FileTime started = Files.getLastModifiedTime(folder.agent());
        FileTime written = Files.getLastModifiedTime(folder.agentConfig());
        return started.compareTo(written) < 0 ? Stand.FORMER : Stand.CURRENT;
      }
    } catch (IOException e) {
      // It ends or starts at this moment: the next look tells.
      return Stand.CURRENT;
    }
    return Stand.CURRENT;
  }

  /**
   * Lets the agent be restarted if that is due and does no harm.
   *
   * @param facts what the agent says of each mirror disk; empty if it says nothing
   */
  void look(Map<String, Map<String, String>> facts) {
    carrier.look(facts);
    if (stand() == Stand.CURRENT) {
      said = null;
      return;
    }
    List<String> active =
        facts.entrySet().stream()
            .filter(e -> !AT_REST.contains(e.getValue().getOrDefault("role", "?")))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (facts.isEmpty()) {
      // It is silent: nobody knows whether a mirror disk is active on it.
      return;
    }
    if (!active.isEmpty()) {
      once(Notice.of(ServiceNotice.AGENT_WAITS, String.join(", ", active)));
    } else if (unit == null) {
      once(Notice.of(ServiceNotice.AGENT_BY_HAND, folder.agentConfig()));
    } else {
      order("restart", unit);
    }
  }

  /**
   * Takes its time on a thread of its own; one order at a time, and a pause after it, in which the
   * agent comes up.
   */
  private void order(String verb, String what) {
    long now = System.nanoTime();
    if (now - notBefore >= 0 && busy.compareAndSet(false, true)) {
      notBefore = now + PAUSE_NANOS;
      Thread.ofVirtual().name("agent-" + verb).start(() -> carryOut(verb, what));
    }
  }

  private void carryOut(String verb, String what) {
    try {
      ordered(verb, what);
    } finally {
      busy.set(false);
    }
  }

  private void ordered(String verb, String what) {
    Systemctl.Answer answer = systemctl.run(verb, what, Limit.of(PATIENCE));
    once(
        answer.ok()
            ? Notice.of(ServiceNotice.AGENT_ORDERED, what, verb)
            : Notice.of(ServiceNotice.AGENT_NOT_ORDERED, what, verb, answer.end().output()));
  }

  private void once(Notice notice) {
    if (!notice.equals(said)) {
      said = notice;
      log.accept(notice);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.agent.partition.CarriedCopy;
import io.meikyo.cluster.config.CarriedConfig;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets the mirror agent of this server write the configuration in force onto the cluster partition
 * of each mirror disk, so that every image of it carries it (rule R13).
 *
 * <p>What stands there the agent says with all else that it says of a mirror disk. Whenever that is
 * not what is in force, it is handed over: after a change, after the agent's start, after a
 * partition was made or restored. It is never fatal: what cannot be written is said, and tried
 * again. {@link #carry} and {@link #look} by one thread at a time.
 */
final class ConfigCarrier {
  private static final long PAUSE_NANOS = 30_000_000_000L;

  /** The agent does not touch the partition now: it is being backed up, or an image waits on it. */
  private static final int RESTS = 4;

  /** The way to the agent. */
  interface Agent {
    /** Hands a configuration over; blocks. */
    Answer carry(String disk, long version, String text) throws IOException;
  }

  /** How the agent took it: the exit status, and what it said of what is wrong. */
  record Answer(int status, String said) {}

  /** What is in force; another one each time that it is put in force. */
  private record Wanted(long version, String text, String mark) {}

  /** This one is not handed over again before a moment. */
  private record Pause(Wanted of, long until) {}

  private final Agent agent;
  private final Consumer<Notice> log;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final Map<String, Pause> pauses = new HashMap<>();
  private final Map<String, Notice> said = new HashMap<>();
  private @Nullable Wanted wanted;

  ConfigCarrier(Agent agent, Consumer<Notice> log) {
    this.agent = agent;
    this.log = log;
  }

  /** Over the agent's control socket. */
  static Agent over(Path socket) {
    return (disk, version, text) -> {
      List<String> errors = new ArrayList<>();
      ControlClient.Listener listener =
          new ControlClient.Listener() {
            @Override
            public void error(String line) {
              errors.add(line);
            }
          };
      ControlClient.Result result =
          ControlClient.ask(
              socket,
              "en",
              List.of("mirror.carry", disk, "version=" + version, "text=" + text),
              listener);
      return new Answer(result.status(), String.join(" ", errors));
    };
  }

  /** From now on this is to be carried. */
  void carry(UUID cluster, ConfigState state) {
    Map<String, UUID> disks = new HashMap<>();
    state.disks().forEach((name, facts) -> disks.put(name, facts.diskId()));
    String text = new CarriedConfig(cluster, disks, state.text()).encode();
    String mark = CarriedCopy.mark(state.version(), text.getBytes(StandardCharsets.UTF_8));
    wanted = new Wanted(state.version(), text, mark);
  }

  /**
   * Hands it over where it is not carried yet.
   *
   * @param facts what the agent says of each mirror disk; empty if it says nothing
   */
  void look(Map<String, Map<String, String>> facts) {
    Wanted now = wanted;
    if (now == null) {
      return;
    }
    for (Map.Entry<String, Map<String, String>> e : facts.entrySet()) {
      String there = e.getValue().get("configuration");
      // An agent of before does not know of it.
      if (there != null
          && !there.equals(now.mark)
          && !rests(e.getValue())
          && due(e.getKey(), now)) {
        if (busy.compareAndSet(false, true)) {
          Thread.ofVirtual().name("carry-" + e.getKey()).start(() -> handOver(e.getKey(), now));
        }
        return;
      }
    }
  }

  private static boolean rests(Map<String, String> f) {
    return "true".equals(f.get("flag")) || !"NONE".equals(f.getOrDefault("hold", "NONE"));
  }

  @SuppressWarnings("ReferenceEquality") // the same words in force anew are handed over anew
  private synchronized boolean due(String disk, Wanted now) {
    Pause pause = pauses.get(disk);
    return pause == null || pause.of != now || System.nanoTime() - pause.until >= 0;
  }

  private void handOver(String disk, Wanted what) {
    try {
      Answer answer = agent.carry(disk, what.version, what.text);
      if (answer.status == 0) {
        // Its next word on the disk shows it; until then it is not asked again.
        ended(disk, what, Notice.of(ServiceNotice.CONFIG_CARRIED, disk, what.version), true);
      } else if (answer.status != RESTS) {
        ended(disk, what, Notice.of(ServiceNotice.CONFIG_NOT_CARRIED, disk, answer.said), false);
      } else {
        ended(disk, what, null, false);
      }
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      ended(disk, what, Notice.of(ServiceNotice.CONFIG_NOT_CARRIED, disk, why), false);
    } finally {
      busy.set(false);
    }
  }

  /** A trouble is said once, until it is another one or over. */
  private void ended(String disk, Wanted what, @Nullable Notice notice, boolean done) {
    boolean news;
    synchronized (this) {
      pauses.put(disk, new Pause(what, System.nanoTime() + PAUSE_NANOS));
      news = notice != null && (done || !notice.equals(said.get(disk)));
      if (notice != null) {
        said.put(disk, notice);
      }
    }
    if (news && notice != null) {
      log.accept(notice);
    }
  }
}

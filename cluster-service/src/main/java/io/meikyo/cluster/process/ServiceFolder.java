// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the cluster service keeps what must outlive a restart, and where its sockets are.
 *
 * @param state on the system disk, never on a mirror disk
 * @param run for sockets
 */
public record ServiceFolder(Path state, Path run) {
  /** The journal of this member. */
  public Path journal() {
    return state.resolve("member.journal");
  }

  /** The groups of the replicated log. */
  public Path consensus() {
    return state.resolve("consensus");
  }

  /** Keys and certificates. */
  public Path pki() {
    return state.resolve("pki");
  }

  /** The configuration that the founder brings along. */
  public Path firstConfig() {
    return state.resolve("first.toml");
  }

  /** The configuration that was read last; before the first of the cluster, the founder's. */
  public Path config() {
    Path applied = state.resolve("meikyo.toml");
    return Files.exists(applied) ? applied : firstConfig();
  }

  /** The mirror agent's configuration, which the cluster service writes. */
  public Path agentConfig() {
    return state.resolve("agent.toml");
  }

  /** The event log. */
  public Path events() {
    return state.resolve("events.log");
  }

  /** Where commands come in. */
  public Path api() {
    return run.resolve("cluster.sock");
  }

  /** Where the mirror agent asks for the deciding records. */
  public Path record() {
    return run.resolve("record.sock");
  }

  /** The socket of the keeper, which outlives the mirror agent. */
  public Path keeper() {
    return run.resolve("keeper.sock");
  }

  /** The mirror agent's control socket. */
  public Path agent() {
    return run.resolve("agent.sock");
  }
}

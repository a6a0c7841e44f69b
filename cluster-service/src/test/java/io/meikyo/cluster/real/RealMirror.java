// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.real;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * A mirror disk of one server with a real agent and a real keeper of the record, each a process in
 * a space.
 */
public final class RealMirror {
  private static final long BYTES = 64L << 20;
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");

  private final Space space;
  private final Path folder;
  private final Process record;
  private Process agent;

  /**
   * Makes it; the agent is not started.
   *
   * @param frontEnd {@code nbd} or {@code auto}
   */
  public RealMirror(Space space, Path folder, String frontEnd) throws Exception {
    this.space = space;
    this.folder = folder;
    new CreatePartition(
            new CreatePartition.Request(
                folder.resolve("data"),
                folder.resolve("cluster"),
                new Identity(CLUSTER, DISK, 0),
                3,
                4096,
                0,
                BYTES,
                false),
            (_, _, _) -> {})
        .run(12345);
    Files.writeString(folder.resolve("agent.toml"), config(frontEnd));
    record = begin("record", folder.resolve("records"));
  }

  private String config(String frontEnd) {
    return """
    control = "%1$s/agent.sock"
    state = "%1$s/state"
    trusted-link = true

    [[mirror]]
    name = "md1"
    cluster-id = "%2$s"
    disk-id = "%3$s"
    replica = 0
    server = "server1"
    data = "%1$s/data"
    cluster = "%1$s/cluster"
    listen = "127.0.0.1:7760"
    record = "unix:%1$s/record.sock"
    front-end = "%4$s"
    device = "%1$s/md1"
    nbd = "unix:%1$s/md1.nbd"

    [[mirror.peer]]
    replica = 1
    server = "server2"
    paths = ["127.0.0.1:7761"]
    """
        .formatted(folder, CLUSTER, DISK, frontEnd);
  }

  /** The agent's control socket. */
  public Path socket() {
    return folder.resolve("agent.sock");
  }

  /** Where its block device appears. */
  public Path device() {
    return folder.resolve("md1");
  }

  /** What the agent and the keeper said. */
  public String words() throws IOException {
    return Files.readString(folder.resolve("agent.log"))
        + Files.readString(folder.resolve("record.log"));
  }

  /** Starts the agent. */
  public void start() throws Exception {
    agent = begin("agent", folder.resolve("agent.toml"));
  }

  /** The agent's process. */
  public Process agent() {
    return agent;
  }

  private Process begin(String what, Path argument) throws Exception {
    Path log = folder.resolve(what + ".log");
    return space.call(() ->
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx96m",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    AgentMain.class.getName(),
                    what,
                    argument.toString()))
            .redirectErrorStream(true)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(Redirect.appendTo(log.toFile()))
            .start());
  }

  /** Ends both processes. */
  public void end() throws InterruptedException {
    if (agent != null) {
      agent.destroyForcibly().waitFor();
    }
    record.destroyForcibly().waitFor();
  }
}

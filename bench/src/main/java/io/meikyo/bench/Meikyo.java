// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A mirror disk of ours between both ends of a cable: two agents and the keeper of the record, each
 * a process of its own. Without a peer, the second agent is never started, and the first keeps a
 * map of what it would have to send.
 */
final class Meikyo {
  private static final String MIRROR = "md1";
  private static final int BLOCK_BYTES = 4096;
  private static final long SECONDS = 60;
  private static final long SYNC_SECONDS = 600;

  /**
   * Which one.
   *
   * @param name short name, part of the names of its files
   * @param command the words that start our command, without those of the subcommand
   * @param peer with the second agent
   * @param device also as a block device
   * @param port TCP ports of its own begin here
   * @param keys for TLS on the link; null: it is trusted
   */
  record Kind(
      String name,
      List<String> command,
      boolean peer,
      boolean device,
      int port,
      @Nullable LinkKeys keys) {}

  private final Workshop shop;
  private final Backing backing;
  private final Cable cable;
  private final Kind kind;
  private final UUID cluster = UUID.randomUUID();
  private final UUID disk = UUID.randomUUID();
  private List<String> security = List.of("trusted-link = true", "trusted-link = true");
  private boolean started;

  Meikyo(Workshop shop, Backing backing, Cable cable, Kind kind) {
    this.shop = shop;
    this.backing = backing;
    this.cable = cable;
    this.kind = kind;
  }

  private Path home(int side) {
    return shop.folder().resolve(kind.name() + "-" + backing.name() + side);
  }

  private Path control(int side) {
    return home(side).resolve("agent.sock");
  }

  /** Socket of its NBD server. */
  Path socket() {
    return home(0).resolve("nbd.sock");
  }

  /** Its block device. */
  Path device() {
    return home(0).resolve("device");
  }

  private String name(String what) {
    return kind.name() + "-" + backing.name() + "-" + what;
  }

  /** Starts everything once, and waits until both replicas are alike. */
  void start() throws BenchProblem, IOException, InterruptedException {
    if (started) {
      return;
    }
    started = true;
    LinkKeys keys = kind.keys();
    if (keys != null) {
      Path folder = Files.createDirectory(shop.folder().resolve(name("keys")));
      security = keys.make(folder, cluster, List.of("server1", "server2"));
    }
    int sides = kind.peer() ? 2 : 1;
    for (int side = 0; side < sides; side++) {
      make(side);
    }
    Path records = shop.folder().resolve(name("records"));
    Path log = shop.log(name("record"));
    shop.serve(
        name("record"),
        command(0, "record", "--folder", records.toString(), "--listen", record()),
        SECONDS,
        () -> Files.readString(log, StandardCharsets.UTF_8).contains("keeps records"));
    Workshop.Server active = agent(0);
    if (kind.peer()) {
      agent(1);
    }
    activate(active);
    if (kind.peer()) {
      shop.until(active, name("sync"), SYNC_SECONDS, this::isInSync);
    }
    if (kind.device()) {
      shop.until(active, name("device"), SECONDS, () -> Files.exists(device()));
    }
    shop.until(active, name("nbd"), SECONDS, () -> QuorumTarget.answers(socket()));
  }

  private Workshop.Server agent(int side) throws BenchProblem, IOException, InterruptedException {
    return shop.serve(
        name("agent" + side),
        command(side, "agent", "--config", home(side).resolve("agent.toml").toString()),
        SECONDS,
        () -> "true".equals(facts(side).get("recordHeard")));
  }

  private String record() {
    return "unix:" + shop.folder().resolve(name("r.sock"));
  }

  private List<String> command(int side, String... words) {
    List<String> all = new ArrayList<>(Workshop.enter(cable.namespace(side)));
    all.addAll(kind.command());
    all.addAll(List.of(words));
    return all;
  }

  private void make(int side) throws BenchProblem, IOException, InterruptedException {
    Files.createDirectory(home(side));
    String data = backing.data(kind.name() + side);
    String partition = backing.cluster(kind.name() + side);
    try {
      new CreatePartition(
              new CreatePartition.Request(
                  Path.of(data),
                  Path.of(partition),
                  new Identity(cluster, disk, side),
                  3,
                  BLOCK_BYTES,
                  0,
                  0,
                  true),
              (what, done, total) -> {})
          .run(side + 1);
    } catch (PartitionProblem e) {
      throw new BenchProblem(e.notice());
    }
    int other = 1 - side;
    Files.writeString(
        home(side).resolve("agent.toml"),
        String.format(
            Locale.ROOT,
            """
            control = "%s"
            state = "%s"
            %s

            [[mirror]]
            name = "%s"
            cluster-id = "%s"
            disk-id = "%s"
            replica = %d
            server = "server%d"
            data = "%s"
            cluster = "%s"
            listen = "%s:%d"
            record = "%s"
            front-end = "%s"
            device = "%s"
            nbd = "unix:%s"

            [[mirror.peer]]
            replica = %d
            server = "server%d"
            paths = ["%s:%d"]
            """,
            control(side),
            home(side).resolve("state"),
            security.get(side),
            MIRROR,
            cluster,
            disk,
            side,
            side + 1,
            data,
            partition,
            Cable.address(side),
            kind.port(),
            record(),
            kind.device() ? "fuse" : "nbd",
            home(side).resolve("device"),
            home(side).resolve("nbd.sock"),
            other,
            other + 1,
            Cable.address(other),
            kind.port()),
        StandardCharsets.UTF_8);
  }

  private void activate(Workshop.Server active) throws BenchProblem, InterruptedException {
    StringBuilder said = new StringBuilder();
    List<String> words =
        kind.peer()
            ? List.of("mirror.activate", MIRROR)
            : List.of("mirror.activate", MIRROR, "force");
    try {
      shop.until(
          active,
          name("activate"),
          SECONDS,
          () -> {
            said.setLength(0);
            return ControlClient.ask(control(0), "en", words, new Words(said)).status() == 0
                || "ACTIVE".equals(facts(0).get("role"));
          });
    } catch (BenchProblem e) {
      throw new BenchProblem(
          BenchNotice.COMMAND_FAILED, "mirror activate", 1, said.toString().strip());
    }
  }

  private record Words(StringBuilder said) implements ControlClient.Listener {
    @Override
    public void line(String line) {
      said.append(line).append('\n');
    }

    @Override
    public void error(String line) {
      said.append(line).append('\n');
    }
  }

  private Map<String, String> facts(int side) throws IOException {
    return ControlClient.ask(
            control(side), "en", List.of("mirror.status", MIRROR), new Words(new StringBuilder()))
        .facts();
  }

  private boolean isInSync() throws IOException {
    Map<String, String> facts = facts(0);
    return "ACTIVE".equals(facts.get("role"))
        && "server1, server2".equals(facts.get("inSync"))
        && "0".equals(facts.get("peers.server2.dirtyChunks"));
  }

  /** The mirror disk over NBD. */
  Target nbd() {
    return new Face(this, kind.name() + "-" + backing.name(), false);
  }

  /** The mirror disk as a block device. */
  Target blockDevice() {
    return new Face(this, kind.name() + "-device-" + backing.name(), true);
  }

  private record Face(Meikyo mirror, String name, boolean device) implements Target {
    @Override
    public String title() {
      return (mirror.kind.peer() ? "Meikyo, two agents" : "Meikyo, one agent without its peer")
          + (mirror.kind.keys() == null ? "" : ", TLS between them")
          + (device ? "; block device (FUSE and loop)" : "; NBD over a Unix socket");
    }

    @Override
    public void start() throws BenchProblem, IOException, InterruptedException {
      mirror.start();
    }

    @Override
    public List<String> fio() {
      return device ? Target.direct(mirror.device().toString()) : Target.nbd(mirror.socket());
    }
  }
}

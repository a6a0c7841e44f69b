// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a machine a member: writes what its service must know before it has heard anybody. Nothing
 * is changed if anything is wrong.
 */
public final class Membership {
  private Membership() {}

  /** What came of it. */
  public record Made(boolean ok, Notice notice) {}

  /** Founds a cluster: this server is its first member. */
  public static Made found(Path state, Path config, String server, UUID clusterId)
      throws IOException {
    String text = Files.exists(config) ? Files.readString(config) : "";
    return found(state, config, text, server, clusterId);
  }

  /** The same with a configuration that was read already, from {@code config}. */
  public static Made found(Path state, Path config, String text, String server, UUID clusterId)
      throws IOException {
    Welcome first =
        new Welcome(clusterId, server, MemberRole.SERVER, UUID.randomUUID(), 1, 0, text);
    return make(state, config, first, true);
  }

  /** Becomes the member that the cluster has admitted. */
  public static Made join(Path state, Welcome welcome) throws IOException {
    return make(state, new ServiceFolder(state, state).firstConfig(), welcome, false);
  }

  private static Made make(Path state, Path from, Welcome as, boolean founder) throws IOException {
    ServiceFolder folder = new ServiceFolder(state, state);
    if (Files.exists(folder.journal())) {
      MemberJournal known = MemberJournal.read(folder.journal());
      return new Made(
          false, Notice.of(ServiceNotice.ALREADY_A_MEMBER, state, known.name(), known.clusterId()));
    }
    ConfigReading reading = ConfigReader.read(from.toString(), as.config());
    ClusterConfig c = reading.config().orElse(null);
    if (c == null) {
      return new Made(false, Notice.of(ServiceNotice.FIRST_CONFIG_BAD, from, reading.errors()));
    }
    MemberRole role = role(c, as.name());
    if (role != as.role()) {
      return new Made(false, Notice.of(ServiceNotice.NOT_CONFIGURED, as.name(), from));
    }
    Files.createDirectories(
        state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    WholeFile.write(folder.firstConfig(), as.config());
    journal(c, as, founder).write(folder.journal());
    return new Made(
        true, Notice.of(ServiceNotice.MEMBER_MADE, as.name(), as.clusterId(), as.group()));
  }

  /** What a member of this name is in a configuration; null if it is not in it. */
  static @Nullable MemberRole role(ClusterConfig c, String name) {
    if (c.server(name).isPresent()) {
      return MemberRole.SERVER;
    }
    return c.witness() instanceof Witness.Voter v && v.name().equals(name)
        ? MemberRole.WITNESS
        : null;
  }

  private static MemberJournal journal(ClusterConfig c, Welcome as, boolean founder) {
    Optional<Server> server = c.server(as.name());
    String log;
    String heartbeat;
    if (server.isPresent()) {
      log = server.get().consensus().toString();
      heartbeat =
          server.get().interconnects().stream()
              .map(a -> new HostPort(a.toString(), c.ports().heartbeat()).toString())
              .collect(Collectors.joining(","));
    } else if (c.witness() instanceof Witness.Voter v) {
      log = v.address().toString();
      heartbeat = new HostPort(v.address().host(), c.ports().heartbeat()).toString();
    } else {
      throw new IllegalArgumentException(as.name() + " is not configured");
    }
    return new MemberJournal(
        as.clusterId(),
        as.name(),
        as.role(),
        as.incarnation(),
        as.life(),
        as.group(),
        founder,
        log,
        heartbeat,
        StartMode.AUTO,
        true,
        0);
  }
}

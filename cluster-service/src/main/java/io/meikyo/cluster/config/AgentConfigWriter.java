// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.form.Toml;
import io.meikyo.core.cluster.config.form.Units;
import io.meikyo.tls.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Derives one server's mirror agent configuration from that of the cluster, in the format of {@code
 * AgentConfigReader}. The same input gives the same text, so that an unchanged text means that the
 * agent has nothing to be told.
 */
public final class AgentConfigWriter {

  /**
   * Where the agent finds what is not in the cluster's configuration.
   *
   * @param control its socket for commands
   * @param state folder for what must outlive its process
   * @param keeper socket of the keeper; null: there is none
   * @param record who keeps the deciding record, {@code unix:/path} or {@code host:port}
   * @param tls key, certificate and whom it believes; null: this server has none, and only links
   *     that are trusted can be served
   */
  public record Places(
      Path control, Path state, @Nullable Path keeper, String record, @Nullable TlsFiles tls) {}

  /**
   * Who the mirror disks are.
   *
   * @param cluster id of the cluster
   * @param disks id of each mirror disk by its name; one that is not here has no partitions yet
   */
  public record Ids(UUID cluster, Map<String, UUID> disks) {
    /** Freezes the map. */
    public Ids {
      disks = Map.copyOf(disks);
    }
  }

  private final StringBuilder out = new StringBuilder();
  private final String server;
  private final Places places;
  private String profile = "calm";
  private final Ids ids;

  private AgentConfigWriter(String server, Places places, Ids ids) {
    this.server = server;
    this.places = places;
    this.ids = ids;
  }

  /** The text for a server; mirror disks that it has no replica of are not in it. */
  public static String text(ClusterConfig config, String server, Places places, Ids ids) {
    return new AgentConfigWriter(server, places, ids).text(config);
  }

  private String text(ClusterConfig config) {
    profile = config.timing().profile().word();
    out.append("# Written by the cluster service; changes made here are lost.\n");
    line("control", places.control().toString());
    line("state", places.state().toString());
    Path keeper = places.keeper();
    if (keeper != null) {
      line("keeper", keeper.toString());
    }
    if (places.tls() != null) {
      tls(places.tls());
    }
    for (MirrorDisk mirror : config.mirrors()) {
      UUID disk = ids.disks().get(mirror.name());
      if (disk != null) {
        mirror.on(server).ifPresent(own -> mirror(mirror, own, disk));
      }
    }
    return out.toString();
  }

  private void tls(TlsFiles files) {
    Path revoked = files.revoked();
    out.append("\n[tls]\n");
    line("key", files.key().toString());
    line("certificate", files.certificate().toString());
    line("ca", files.authorities().toString());
    if (revoked != null) {
      line("revoked", revoked.toString());
    }
  }

  private void mirror(MirrorDisk mirror, MirrorDisk.Replica own, UUID disk) {
    out.append("\n[[mirror]]\n");
    line("name", mirror.name());
    line("cluster-id", ids.cluster().toString());
    line("disk-id", disk.toString());
    number("replica", own.number());
    line("server", own.server());
    line("data", own.data());
    line("cluster", own.cluster());
    line("listen", listen(own.links()));
    line("record", places.record());
    if (mirror.trustedLink()) {
      out.append("trusted-link = true\n");
    }
    line("front-end", mirror.frontEnd().word());
    line("times", profile);
    line("device", mirror.device());
    String nbd = mirror.nbd();
    if (nbd != null) {
      line("nbd", nbd);
    }
    snapshots(mirror.snapshots());
    for (MirrorDisk.Replica peer : mirror.replicas()) {
      if (!peer.server().equals(own.server())) {
        out.append("\n[[mirror.peer]]\n");
        number("replica", peer.number());
        line("server", peer.server());
        List<String> paths = peer.links().stream().map(HostPort::toString).map(Toml::text).toList();
        out.append("paths = [").append(String.join(", ", paths)).append("]\n");
      }
    }
  }

  /** Only what belongs to the provider. */
  private void snapshots(MirrorDisk.Snapshots s) {
    boolean builtIn = s.provider() == MirrorDisk.Provider.BUILT_IN;
    if (!builtIn) {
      line("snapshot-provider", s.provider().word());
    }
    String folder = s.folder();
    if (folder != null && (builtIn || s.provider() == MirrorDisk.Provider.REFLINK)) {
      line("snapshot-folder", folder);
    }
    if (builtIn) {
      if (s.cap() != 0) {
        line("snapshot-cap", Units.size(s.cap()));
      }
      return;
    }
    String script = s.script();
    if (s.provider() == MirrorDisk.Provider.SCRIPT && script != null) {
      line("snapshot-script", script);
    }
    line("snapshot-timeout", Units.duration(s.timeout()));
  }

  /** An agent listens on one address; where its peers know several, on all of the server. */
  private static String listen(List<HostPort> links) {
    HostPort first = links.getFirst();
    if (links.size() == 1) {
      return first.toString();
    }
    boolean v6 =
        links.stream().map(l -> IpAddress.parse(l.host())).anyMatch(a -> a != null && !a.v4());
    return (v6 ? "[::]:" : "0.0.0.0:") + first.port();
  }

  private void line(String key, String value) {
    out.append(key).append(" = ").append(Toml.text(value)).append('\n');
  }

  private void number(String key, int value) {
    out.append(key).append(" = ").append(value).append('\n');
  }
}

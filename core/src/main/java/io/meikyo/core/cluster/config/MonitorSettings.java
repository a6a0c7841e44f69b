// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is particular to a kind of monitor. */
public sealed interface MonitorSettings {

  /** The kind. */
  MonitorKind kind();

  /**
   * The floating IP that is the monitor's target is on this server.
   *
   * @param linkWatch whether the link of its interface counts too
   */
  record Fipw(boolean linkWatch) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.FIPW;
    }
  }

  /**
   * The servers of the mirror disk reach each other.
   *
   * @param mirror the mirror disk
   */
  record Mdnw(String mirror) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.MDNW;
    }
  }

  /**
   * The mirror disk is in sync on all its servers.
   *
   * @param mirror the mirror disk
   * @param autoRecovery whether it starts the recovery of a returned replica
   */
  record Mdw(String mirror, boolean autoRecovery) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.MDW;
    }
  }

  /**
   * Hosts answer to ping.
   *
   * @param hosts addresses
   * @param all true: each must answer; false: one is enough
   */
  record Ping(List<IpAddress> hosts, boolean all) implements MonitorSettings {
    /** Freezes the list. */
    public Ping {
      hosts = List.copyOf(hosts);
    }

    @Override
    public MonitorKind kind() {
      return MonitorKind.PING;
    }
  }

  /**
   * A network interface is up and has its link.
   *
   * @param networkInterface its name
   */
  record Nic(String networkInterface) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.NIC;
    }
  }

  /**
   * A disk can be read, or a file system can be written.
   *
   * @param path a block device, which is read; or a folder, in which a file is written
   */
  record Disk(String path) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.DISK;
    }
  }

  /**
   * A process runs.
   *
   * @param command name of its program, or its whole path
   * @param min fewest of them
   * @param max most of them; 0: any number
   */
  record Running(String command, int min, int max) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.PROCESS;
    }
  }

  /**
   * A script ends with status 0.
   *
   * @param path its path
   * @param user who runs it
   */
  record Script(String path, String user) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.SCRIPT;
    }
  }

  /**
   * A web page answers.
   *
   * @param url its address
   * @param statusMin lowest good status
   * @param statusMax highest good status
   * @param contains text that must be in it; null: any
   * @param verifyTls whether its certificate must be good
   */
  record Http(
      String url, int statusMin, int statusMax, @Nullable String contains, boolean verifyTls)
      implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.HTTP;
    }
  }

  /**
   * A TCP port can be connected to.
   *
   * @param address host and port
   */
  record Port(HostPort address) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.PORT;
    }
  }

  /**
   * A PostgreSQL server answers a query.
   *
   * @param address host and port
   * @param database database
   * @param user database user
   * @param passwordFile file with the password; null: none is needed
   * @param query the query
   */
  record Postgresql(
      HostPort address, String database, String user, @Nullable String passwordFile, String query)
      implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.POSTGRESQL;
    }
  }

  /**
   * A systemd unit is active.
   *
   * @param unit its name
   */
  record Systemd(String unit) implements MonitorSettings {
    @Override
    public MonitorKind kind() {
      return MonitorKind.SYSTEMD;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** The kinds of monitors. */
public enum MonitorKind implements Choice {
  /** A floating IP; made automatically for each. */
  FIPW("fipw"),
  /** The link between the servers of a mirror disk; made automatically for each. */
  MDNW("mdnw"),
  /** The state of a mirror disk; made automatically for each. */
  MDW("mdw"),
  /** Hosts that answer to ping. */
  PING("ping"),
  /** The link of a network interface. */
  NIC("nic"),
  /** A disk that can be read. */
  DISK("disk"),
  /** A process that runs. */
  PROCESS("process"),
  /** A script that ends with status 0. */
  SCRIPT("script"),
  /** A web page. */
  HTTP("http"),
  /** A TCP port that can be connected to. */
  PORT("port"),
  /** A PostgreSQL server that answers a query. */
  POSTGRESQL("postgresql"),
  /** A systemd unit that is active. */
  SYSTEMD("systemd");

  private final String word;

  MonitorKind(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}

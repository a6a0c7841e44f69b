// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;

import io.meikyo.core.notice.NoticeCode;

/** What the lab says. */
public enum LabNotice implements NoticeCode {
  NOT_ROOT(error("lab.not-root")),
  NO_PROGRAM(error("lab.no-program", "program", "package")),
  COMMAND_FAILED(error("lab.command-failed", "command", "status", "output")),
  NOT_UP(error("lab.not-up", "folder")),
  NO_SERVER(error("lab.no-server", "server", "known")),
  NO_MIRROR(error("lab.no-mirror", "mirror")),
  NO_SNAPSHOT(error("lab.no-snapshot", "name", "known")),
  SNAPSHOT_EXISTS(error("lab.snapshot-exists", "name")),
  SIZE_DIFFERS(error("lab.size-differs", "name", "server")),
  STILL_ON(error("lab.still-on", "server")),
  IS_OFF(error("lab.is-off", "server")),
  NOT_IN_TIME(error("lab.not-in-time", "what", "seconds", "log")),
  NO_ROOM(error("lab.no-room", "folder", "free", "wanted")),
  CLEANED(info("lab.cleaned", "folder")),
  UP(info("lab.up", "servers", "mirror", "active")),
  CLUSTER_UP(info("lab.cluster-up", "servers", "group", "active")),
  WITNESS_USED(info("lab.witness-used", "witness")),
  NO_CLUSTER(error("lab.no-cluster", "folder")),
  NO_SERVICE(error("lab.no-service", "what", "why")),
  MOUNTED(info("lab.mounted", "server", "path")),
  POWERED_OFF(info("lab.powered-off", "server", "lost")),
  POWERED_ON(info("lab.powered-on", "server")),
  DOWN(info("lab.down")),
  SERVER(info("lab.server", "server", "power", "role", "state")),
  SNAPSHOT(info("lab.snapshot", "name", "server", "way")),
  REPLACED(info("lab.replaced", "server", "mirror", "name"));

  private final Spec spec;

  LabNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

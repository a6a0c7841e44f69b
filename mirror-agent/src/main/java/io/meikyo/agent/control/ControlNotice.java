// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What commands to an agent answer, beside what the engine says. */
public enum ControlNotice implements NoticeCode {
  UNKNOWN_COMMAND(error("control.unknown-command", "command")),
  UNKNOWN_MIRROR(error("control.unknown-mirror", "mirror", "known")),
  UNKNOWN_SERVER(error("control.unknown-server", "server", "known")),
  WHICH_PEER(error("control.which-peer", "known")),
  BAD_OPTION(error("control.bad-option", "option", "value", "wanted")),
  FROM_ELSEWHERE(error("control.from-elsewhere", "server", "here")),
  TIMED_OUT(error("control.timed-out", "seconds")),
  LOOP_SILENT(error("control.loop-silent", "mirror", "seconds")),
  DISCONNECTED(info("control.disconnected", "server")),
  CONNECTED(info("control.connected", "server")),

  STATUS(info("control.status", "mirror", "server", "role", "epoch", "set")),
  STATUS_SELF(info("control.status-self", "condition", "generation", "stamp")),
  STATUS_PEER(info("control.status-peer", "server", "path")),
  STATUS_PEER_IN_SYNC(info("control.status-peer-in-sync", "server", "path")),
  STATUS_PEER_COMPARED(info("control.status-peer-compared", "server", "path", "dirty")),
  STATUS_PEER_RECOVERS(info("control.status-peer-recovers", "server", "path", "dirty")),
  STATUS_PEER_BEHIND(info("control.status-peer-behind", "server", "path", "blocks", "seconds")),
  STATUS_PEER_APART(warning("control.status-peer-apart", "server", "path", "outcome", "dirty")),
  STATUS_PEER_GONE(warning("control.status-peer-gone", "server", "why", "dirty")),
  STATUS_REQUESTS(info("control.status-requests", "inFlight", "waiting", "why")),
  STATUS_HOLD(info("control.status-hold", "state", "hold", "seconds")),
  STATUS_BACKUP(info("control.status-backup", "flag", "cut", "age", "left")),
  STATUS_FLAG(warning("control.status-flag", "cut")),
  STATUS_CUT(info("control.status-cut", "cut")),
  STATUS_RECORD(info("control.status-record", "keeper", "version")),
  STATUS_NO_RECORD(warning("control.status-no-record", "keeper")),
  STATUS_NOT_ENCRYPTED(info("control.status-not-encrypted")),
  STATUS_DEVICE(info("control.status-device", "device", "how"));

  private final Spec spec;

  ControlNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

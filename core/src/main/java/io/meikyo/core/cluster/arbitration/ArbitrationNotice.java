// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What is said about arbitration, succession and rejoining. */
public enum ArbitrationNotice implements NoticeCode {
  NOT_NEEDED(info("arbitration.not-needed")),
  TOGETHER(info("arbitration.together", "peer")),
  TOGETHER_WEAK(warning("arbitration.together-weak", "peer")),
  SETTLING(warning("arbitration.settling", "peer")),
  AGENT_HEARD(warning("arbitration.agent-heard", "peer")),
  WAITING(warning("arbitration.waiting", "peer", "arbiter", "seconds")),
  ASKING(warning("arbitration.asking", "peer", "arbiter")),
  UNDECIDED(warning("arbitration.undecided", "arbiter", "why")),
  WON(warning("arbitration.won", "peer", "evidence")),
  LOST(error("arbitration.lost", "arbiter", "why")),
  OPERATOR_ONLY(error("arbitration.operator-only", "peer", "arbiter", "situation")),
  WAITS(error("arbitration.waits", "peer")),
  NOT_NEWEST(error("arbitration.not-newest", "peer")),
  WORD_TAKEN(warning("arbitration.word-taken", "by", "peer")),
  WORD_OUTDATED(error("arbitration.word-outdated", "group", "version")),
  WORD_PEER_THERE(error("arbitration.word-peer-there", "peer")),
  WORD_NOT_NEEDED(error("arbitration.word-not-needed")),
  SUCCEEDED(warning("arbitration.succeeded", "parent", "group", "evidence")),
  SUCCESSION_BROKEN(error("arbitration.succession-broken", "why")),
  IMPORT_REFUSED(error("arbitration.import-refused", "why")),
  REJOINING(warning("arbitration.rejoining", "server", "group", "next")),
  REJOINED(info("arbitration.rejoined", "group", "parent")),
  SPLIT_BRAIN(error("arbitration.split-brain", "server", "group", "theirs", "last", "theirLast")),
  FOREIGN(error("arbitration.foreign", "server", "group")),
  SPLIT_RESOLVED(warning("arbitration.split-resolved", "server", "by")),
  NO_SPLIT(error("arbitration.no-split", "server"));

  private final Spec spec;

  ArbitrationNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

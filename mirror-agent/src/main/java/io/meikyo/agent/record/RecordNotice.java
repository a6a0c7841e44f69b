// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What is said about how decisions are made. */
public enum RecordNotice implements NoticeCode {
  TOGETHER(info("record.together", "mirror", "server")),
  WAITING(warning("record.waiting", "mirror", "server")),
  ALONE(warning("record.alone", "mirror", "server", "who", "when")),
  APART(error("record.apart", "mirror", "server", "here")),
  LOST(error("record.lost", "mirror", "server", "folder")),
  BROKEN(error("record.broken", "mirror", "folder", "reason")),
  GIVEN_UP_HERE(warning("record.given-up-here", "mirror", "server")),
  GIVEN_UP_THERE(warning("record.given-up-there", "mirror", "server", "who")),
  STILL_ACTIVE_THERE(error("record.still-active-there", "mirror", "server")),
  PEER_ANSWERS(error("record.peer-answers", "mirror", "server")),
  NOT_APART(error("record.not-apart", "mirror", "server")),
  NO_ANSWER(error("record.no-answer", "mirror", "server")),
  KEEPER_DECIDES(error("record.keeper-decides", "keeper")),
  STRANGER(warning("record.stranger", "mirror", "address"));

  private final Spec spec;

  RecordNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

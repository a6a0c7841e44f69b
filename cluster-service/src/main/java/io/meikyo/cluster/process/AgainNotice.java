// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say when a cluster is founded again from an image. */
public enum AgainNotice implements NoticeCode {
  CARRIED(info("again.carried", "path", "name", "cluster", "version")),
  SERVERS(info("again.servers", "servers", "groups")),
  DISK(info("again.disk", "mirror", "disk")),
  CUT(info("again.cut", "cut", "worth", "since", "replica")),
  ALONE(warning("again.alone", "name")),
  NO_IMAGE(warning("again.no-image", "path")),
  NO_COPY(error("again.no-copy", "path")),
  DAMAGED(error("again.damaged", "path", "flaw")),
  NOT_READ(error("again.not-read", "path", "version")),
  OTHER_CLUSTER(error("again.other-cluster", "path", "carried", "found")),
  NOT_WANTED(error("again.not-wanted", "path", "found", "wanted")),
  CONFIG_BAD(error("again.config-bad", "path", "errors")),
  IDS_THERE(error("again.ids-there", "file")),
  NEXT(info("again.next", "folder"));

  private final Spec spec;

  AgainNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

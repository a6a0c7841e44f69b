// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static io.meikyo.core.notice.NoticeCode.Spec.error;

import io.meikyo.core.notice.NoticeCode;

/** Why a value was not changed. */
public enum ConfigEditNotice implements NoticeCode {
  NOT_TOML(error("config-edit.not-toml")),
  NO_KEY(error("config-edit.no-key", "path", "known")),
  BAD_VALUE(error("config-edit.bad-value", "path", "value", "allowed")),
  BY_HAND(error("config-edit.by-hand", "path", "value"));

  private final Spec spec;

  ConfigEditNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;
import java.util.stream.Stream;

/** What can be wrong between the values of a configuration. */
public enum RuleNotice implements NoticeCode {
  NAME_TAKEN(error("rule.name-taken", with("name", "other"))),
  NAME_UNKNOWN(error("rule.name-unknown", with("kind", "name", "known"))),
  NAME_UNKNOWN_NEAR(error("rule.name-unknown-near", with("kind", "name", "known", "near"))),
  ITSELF(error("rule.itself", with("name"))),
  CYCLE(error("rule.cycle", with("cycle"))),
  USED_TWICE(error("rule.used-twice", with("value", "other"))),
  USED_TWICE_FREE(error("rule.used-twice-free", with("value", "other", "free"))),
  NOT_YET(warning("rule.not-yet", with())),
  ORDER(error("rule.order", with("value", "wanted", "other", "otherValue"))),

  ONE_INTERCONNECT(warning("rule.one-interconnect", with())),
  WITNESS_MISSING(error("rule.witness-missing", with())),
  WITNESS_UNUSED(warning("rule.witness-unused", with("kind"))),
  WITNESS_ON_SERVER(error("rule.witness-on-server", with("host", "server"))),
  VOTERS_EVEN(warning("rule.voters-even", with("voters"))),
  TARGET_INSIDE(error("rule.target-inside", with("address", "server"))),
  ARBITRATION_WEAK(warning("rule.arbitration-weak", with())),
  ARBITRATION_NONE(warning("rule.arbitration-none", with("kind"))),

  MIRROR_ALONE(error("rule.mirror-alone", with("mirror"))),
  MIRROR_UNUSED(warning("rule.mirror-unused", with("mirror"))),
  LINK_PORTS(error("rule.link-ports", with("ports"))),
  LINK_TRUSTED(warning("rule.link-trusted", with("mirror"))),
  SNAPSHOT_SCRIPT(error("rule.snapshot-script", with())),
  SNAPSHOT_UNUSED(warning("rule.snapshot-unused", with("provider"))),
  SERVER_WITHOUT_MIRROR(error("rule.server-without-mirror", with("server", "mirror"))),

  GROUP_ON_ONE(warning("rule.group-on-one", with("group", "server"))),
  OTHER_GROUP(error("rule.other-group", with("name", "group"))),
  FIP_OUTSIDE(warning("rule.fip-outside", with("address", "server", "network", "example"))),
  FS_DEVICE(error("rule.fs-device", with())),
  FS_ON_NBD(error("rule.fs-on-nbd", with("mirror"))),
  FS_BEFORE_MD(error("rule.fs-before-md", with("device", "resource"))),
  FS_ROOT(error("rule.fs-root", with())),

  FIPW_TARGET(error("rule.fipw-target", with("known"))),
  ACTIVE_WITHOUT_TARGET(error("rule.active-without-target", with()));

  private final Spec spec;

  RuleNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }

  /** Every finding begins with its place. */
  private static String[] with(String... args) {
    return Stream.concat(Stream.of("file", "line", "column", "path"), Stream.of(args))
        .toArray(String[]::new);
  }
}

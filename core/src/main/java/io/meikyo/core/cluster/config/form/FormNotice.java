// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static io.meikyo.core.notice.NoticeCode.Spec.error;

import io.meikyo.core.notice.NoticeCode;
import java.util.stream.Stream;

/** What can be wrong with single keys and values of the configuration. */
public enum FormNotice implements NoticeCode {
  UNKNOWN(error("form.unknown", with("known"))),
  UNKNOWN_NEAR(error("form.unknown-near", with("near", "known"))),
  OTHER_KIND(error("form.other-kind", with("kind", "kinds"))),
  MISSING(error("form.missing", with("allowed"))),
  BAD(error("form.bad", with("value", "allowed"))),
  BAD_NEAR(error("form.bad-near", with("value", "allowed", "near"))),
  TOO_FEW(error("form.too-few", with("count", "min"))),
  TOO_MANY(error("form.too-many", with("count", "max"))),
  TWICE(error("form.twice", with("value")));

  private final Spec spec;

  FormNotice(Spec spec) {
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

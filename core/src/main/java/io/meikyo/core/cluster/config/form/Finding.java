// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import io.meikyo.core.notice.Severity;
import java.util.ArrayList;
import java.util.List;

/**
 * Something found in a configuration.
 *
 * @param path what it is about
 * @param code what it is; its first arguments are file, line, column and path
 * @param args its further arguments
 */
public record Finding(ConfigPath path, NoticeCode code, List<Object> args) {

  /** Freezes the list. */
  public Finding {
    args = List.copyOf(args);
  }

  /** With its further arguments. */
  public static Finding of(ConfigPath path, NoticeCode code, Object... args) {
    return new Finding(path, code, List.of(args));
  }

  /** Whether the configuration must not be used. */
  public boolean isError() {
    return code.severity() == Severity.ERROR;
  }

  /** The notice for people, with the place in the file. */
  public Notice notice(String file, RawNode root) {
    Position at = path.in(root);
    List<Object> all = new ArrayList<>();
    all.add(file);
    all.add(at.line());
    all.add(at.column());
    all.add(path.shown(root));
    all.addAll(args);
    return Notice.of(code, all.toArray());
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a server has to offer, at the moment of the question. */
interface Exports {
  /** Most exports of a server, so that the answer to LIST has a limit. */
  int COUNT_MAX = 128;

  /** All of them. */
  List<ExportInfo> list();

  /** The export of this name, or null. */
  @Nullable ExportInfo find(String name);
}

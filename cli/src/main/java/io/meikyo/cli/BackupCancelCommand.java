// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo backup cancel}. */
@Command(
    name = "cancel",
    description = "Ends a backup while it is being written; what was written is removed.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupCancelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Option(
      names = "--on",
      paramLabel = "SERVER",
      description = "The server that writes it. Default: here.")
  private @Nullable String server;

  @Parameters(
      paramLabel = "BACKUP",
      converter = SnapshotName.BackupId.class,
      description = "Its id, as meikyo backup list shows it.")
  private String id;

  @Override
  public Integer call() {
    Map<String, String> query = new LinkedHashMap<>();
    if (server != null) {
      query.put("at", server);
    }
    Main main = (Main) spec.root().userObject();
    return api.order("/v1/backups/" + id + "/cancel", query, "", "POST", main, spec);
  }
}

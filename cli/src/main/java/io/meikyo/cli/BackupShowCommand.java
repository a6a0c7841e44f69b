// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.backup.image.ImageNotice;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo backup show}. */
@Command(
    name = "show",
    description = "Shows one backup of any server: how it is, where it is, why it failed.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Parameters(paramLabel = "BACKUP", description = "Its id, as meikyo backup list shows it.")
  private String id;

  @Override
  public Integer call() {
    Main main = (Main) spec.root().userObject();
    HttpSeam.Response answer = api.ask("GET", "/v1/backups", Map.of("all", "1"), "", main);
    List<Map<String, @Nullable Object>> found =
        BackupListCommand.backups(JsonText.object(answer.json())).stream()
            .filter(b -> id.equals(b.get("id")))
            .toList();
    if (found.isEmpty()) {
      throw new CommandFailed(Notice.of(ImageNotice.UNKNOWN_BACKUP, id));
    }
    PrintWriter out = spec.commandLine().getOut();
    for (Map<String, @Nullable Object> b : found) {
      if (api.json()) {
        out.println(Json.of(b));
        continue;
      }
      out.println("backup   " + id);
      out.println("taken    " + BackupListCommand.text(b, "takenAt"));
      out.println("by       " + BackupListCommand.text(b, "by"));
      out.println("server   " + BackupListCommand.text(b, "server"));
      out.println("state    " + BackupListCommand.state(b));
      out.println("verdict  " + BackupListCommand.text(b, "verdict"));
      out.println("bytes    " + BackupListCommand.text(b, "total"));
      if (b.get("disks") instanceof List<?> disks) {
        disks.forEach(disk -> out.println("disk     " + disk + "  snapshot " + disk + "@" + id));
      }
      if (b.get("place") != null) {
        out.println("place    " + BackupListCommand.text(b, "place"));
      }
      ApiCall.lines(b).forEach(out::println);
    }
    out.flush();
    return 0;
  }
}

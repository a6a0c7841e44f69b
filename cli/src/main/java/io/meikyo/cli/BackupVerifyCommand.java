// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.backup.image.ImageCheck;
import io.meikyo.cluster.backup.image.ImageNotice;
import io.meikyo.cluster.backup.image.Manifest;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo backup verify}. */
@Command(
    name = "verify",
    description = {
      "Reads all files of a backup: sizes and hashes as in its manifest, and that a restore would",
      "take its cluster partitions. A folder needs no cluster service, so that copies elsewhere",
      "can be verified too. Exit status: 0 whole, 1 not."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Parameters(
      paramLabel = "BACKUP|FOLDER",
      description = "Id of a backup of this server, or a folder that has a manifest.json.")
  private String what;

  @Override
  public Integer call() {
    Main main = (Main) spec.root().userObject();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Path folder = folder(main);
    ImageCheck.Result result = new ImageCheck(folder, new ProgressBar(err)).run();
    if (api.json()) {
      Manifest manifest = result.manifest();
      Map<String, @Nullable Object> m = new LinkedHashMap<>();
      m.put("good", result.good());
      m.put("folder", folder.toString());
      m.put("id", manifest == null ? null : manifest.id());
      m.put("notices", result.notices().stream().map(n -> json(n, main)).toList());
      out.println(Json.of(m));
    } else {
      for (Notice n : result.notices()) {
        if (n.severity() == Severity.INFO) {
          out.println(main.texts().render(n).message());
        } else {
          PrintWriter to = n.severity() == Severity.ERROR ? err : out;
          main.texts().lines(n).forEach(to::println);
        }
      }
    }
    out.flush();
    err.flush();
    return result.good() ? 0 : Main.FAILED;
  }

  private static Map<String, Object> json(Notice n, Main main) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("code", n.code());
    m.put("severity", n.severity().name());
    m.put("text", main.texts().lines(n));
    return m;
  }

  private Path folder(Main main) {
    Path given = Path.of(what);
    if (what.contains("/") || Files.isDirectory(given)) {
      return given;
    }
    String id = SnapshotName.BackupId.of(what);
    HttpSeam.Response answer = api.ask("GET", "/v1/backups/" + id, Map.of(), "", main);
    Map<String, @Nullable Object> backup = JsonText.object(answer.json());
    if (answer.status() != HttpSeam.OK) {
      throw new CommandFailed(Notice.of(ImageNotice.UNKNOWN_BACKUP, id));
    }
    if (!"COMPLETE".equals(backup.get("state")) || !(backup.get("place") instanceof String at)) {
      throw new CommandFailed(
          Notice.of(ImageNotice.NO_FILES, id, String.valueOf(backup.get("state"))));
    }
    return Path.of(at);
  }
}

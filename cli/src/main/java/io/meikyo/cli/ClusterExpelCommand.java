// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.notice.Notice;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster expel}: a member is removed, and believed no more. */
@Command(
    name = "expel",
    description = {
      "Removes a member from the cluster for good: its vote goes, and its certificates are revoked.",
      "Run it on the server where the cluster was founded, which alone can revoke certificates.",
      "On another one the member is removed, and the rest is said. It can be run again.",
      "Exit status: 0 removed and revoked, 1 something of that is not done."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterExpelCommand implements Callable<Integer> {
  @ParentCommand private ClusterCommand cluster;

  @Mixin private ApiCall api;

  @Mixin private StateFolder folder;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SERVER", description = "Name of the member.")
  private String server;

  @Option(
      names = "--force",
      description =
          "Also if those that are left could then decide nothing, or have no good copy of a mirror"
              + " disk.")
  private boolean force;

  @Override
  public Integer call() {
    Map<String, String> query = force ? ApiClient.query("force", "true") : Map.of();
    HttpSeam.Response answer =
        api.ask("DELETE", "/v1/members/" + server, query, "", cluster.main());
    boolean removed = answer.status() == HttpSeam.OK;
    // A second time there is no member of this name, and its certificates may still be believed.
    boolean gone = answer.json().contains("\"" + ClusterNotice.UNKNOWN_SERVER.key() + "\"");
    if (!removed && !gone) {
      return say(answer, false);
    }
    try {
      List<String> numbers =
          Authority.open(folder.keys(), InstantSource.system(), new SecureRandom()).revoke(server);
      if (removed) {
        int _ = say(answer, true);
      }
      StateFolder.say(Notice.of(PkiNotice.REVOKED, server, String.join(", ", numbers)), spec);
      return 0;
    } catch (PkiProblem e) {
      if (gone) {
        return say(answer, false);
      }
      StateFolder.say(Notice.of(CliNotice.EXPELLED_NOT_REVOKED, server), spec);
      StateFolder.say(e.notice(), spec);
      return Main.FAILED;
    }
  }

  private int say(HttpSeam.Response answer, boolean well) {
    var to = well ? spec.commandLine().getOut() : spec.commandLine().getErr();
    if (api.json()) {
      to.println(answer.json());
    } else {
      ApiCall.lines(JsonText.object(answer.json())).forEach(to::println);
    }
    to.flush();
    return well ? 0 : Main.FAILED;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ResourceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ScriptMakerTest {
  @TempDir private Path folder;
  private final Actions actions = new Actions();

  private Path script(String name, String text) throws Exception {
    Path script = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + text + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private Resource made(Path start, Path stop, boolean waitForEnd) {
    return ScriptMaker.of(
        "exec1",
        new ResourceSettings.Script(
            start.toString(),
            stop == null ? null : stop.toString(),
            "root",
            Map.of("WHERE", folder.toString()),
            waitForEnd),
        folder.resolve("run"));
  }

  @Test
  void aPathIsOneWordWhateverIsInIt() throws Exception {
    Path start = script("it's $HOME; start.sh", "touch \"$WHERE/started\"");
    Path stop = script("stop it.sh", "rm \"$WHERE/started\"");
    Resource resource = made(start, stop, true);
    Actions.ok(resource.start(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(folder.resolve("started")).exists();
    Actions.ok(resource.stop(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(folder.resolve("started")).doesNotExist();
  }

  @Test
  void oneThatIsNotWaitedForIsKeptInSight() throws Exception {
    Path start = script("start.sh", "while :; do sleep 0.05; done");
    Resource resource = made(start, null, false);
    Actions.ok(resource.start(actions.context()), ResourceNotice.STARTED);
    Actions.is(resource.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.RUNS);
    Actions.ok(resource.stop(actions.context()), ResourceNotice.STOPPED);
    Actions.is(resource.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
  }
}

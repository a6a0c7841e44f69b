// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.partition.Progress;
import io.meikyo.cli.clp.ClusterPicture.Mirror;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.partition.Identity;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code clpmdinit}: makes the cluster partition of a mirror disk on this server, with the identity
 * that the cluster knows. The data partition is only looked at.
 */
@Command(
    name = "clpmdinit",
    description = {
      "Makes the cluster partition of a mirror disk on this server anew. The data stay;",
      "what was known of them is lost, so that they are compared in full with the other server's."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpMdInit implements Callable<Integer> {
  /** As {@code meikyo partition create} has it where nothing else is said. */
  private static final int BLOCK_SIZE = 4096;

  private final ClpContext context;

  /** Whether something that stands there may be overwritten. */
  enum How {
    /** Only an empty cluster partition. */
    normal,
    /** Whatever stands there. */
    force
  }

  @Option(
      names = {"--create", "-c"},
      required = true,
      paramLabel = "normal|force",
      description = "normal: only where nothing of Meikyo stands. force: whatever stands there.")
  private How how;

  @Parameters(paramLabel = "MIRROR", description = "Its name.")
  private String name;

  ClpMdInit(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    ClusterPicture picture = context.look(true);
    Mirror known = picture.mirror(name);
    MirrorDisk mirror = configured();
    MirrorDisk.Replica own = mirror == null ? null : mirror.on(picture.self()).orElse(null);
    if (known == null || mirror == null || own == null) {
      context.failed("There is no mirror disk " + name + " on " + picture.self() + ".");
      return Clp.FAILED;
    }
    Map<String, String> agent = known.agents().getOrDefault(picture.self(), Map.of());
    String role = agent.getOrDefault("role", "DETACHED");
    if (!role.equals("DETACHED")) {
      context.failed(
          name + " is attached here (" + role + "): its cluster partition is in use.",
          "Stop the cluster service (clpcl -t) and the mirror agent (systemctl stop"
              + " meikyo-agent) on this server first.");
      return Clp.FAILED;
    }
    return make(picture, known, mirror, own);
  }

  private int make(
      ClusterPicture picture, Mirror known, MirrorDisk mirror, MirrorDisk.Replica own) {
    int mask = 0;
    for (MirrorDisk.Replica r : mirror.replicas()) {
      mask |= 1 << r.number();
    }
    Identity identity =
        new Identity(
            UUID.fromString(picture.clusterId()), UUID.fromString(known.diskId()), own.number());
    CreatePartition.Request request =
        new CreatePartition.Request(
            Path.of(own.data()),
            Path.of(own.cluster()),
            identity,
            mask,
            BLOCK_SIZE,
            mirror.size(),
            0,
            how == How.force);
    try {
      new CreatePartition(request, Progress.NONE).run(new SecureRandom().nextLong());
    } catch (PartitionProblem e) {
      Catalogue texts = Catalogue.in(Language.choose(context.language(), Map.of()));
      context.failed(texts.lines(e.notice()).toArray(String[]::new));
      return Clp.FAILED;
    }
    context.succeeded();
    return Clp.WORKED;
  }

  private @Nullable MirrorDisk configured() throws IOException {
    HttpSeam.Response r =
        context.api().ask(new HttpSeam.Request("GET", "/v1/config", Map.of(), ""));
    Object text = JsonText.object(r.json()).get("text");
    ClusterConfig config = ConfigReader.read("config", String.valueOf(text)).config().orElse(null);
    return config == null ? null : config.mirror(name).orElse(null);
  }
}

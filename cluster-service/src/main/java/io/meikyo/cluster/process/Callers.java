// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.PeerCall;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.peer.PeerServer;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes what other members say, and answers their calls. Any thread. */
final class Callers implements PeerServer.Listener {
  private final NodeDriver driver;
  private final ServerWorld world;
  private final CompletableFuture<PairKeeper> pairs;
  private final CompletableFuture<HttpSeam> calls;
  private final Supplier<@Nullable ClusterConfig> lastConfig;
  private final Consumer<Notice> say;

  /**
   * Takes them from now on.
   *
   * @param pairs where hellos go, when it is there
   * @param calls where everything else goes, when it is there
   * @param lastConfig of the former life: who is let in before the replicated state is known
   */
  Callers(
      NodeDriver driver,
      ServerWorld world,
      CompletableFuture<PairKeeper> pairs,
      CompletableFuture<HttpSeam> calls,
      Supplier<@Nullable ClusterConfig> lastConfig,
      Consumer<Notice> say) {
    this.driver = driver;
    this.world = world;
    this.pairs = pairs;
    this.calls = calls;
    this.lastConfig = lastConfig;
    this.say = say;
  }

  @Override
  public void beat(Heartbeat beat, Consumer<Heartbeat.Answer> answer) {
    world.answersTo(beat.from(), answer);
    driver.post(new NodeEvent.Beat(beat));
  }

  @Override
  public byte[] call(String from, byte[] body) {
    HttpSeam.Request asked = PeerCall.request(body);
    boolean hello = asked.path().equals(HelloText.PATH);
    HttpSeam seam = hello ? pairs.getNow(null) : calls.getNow(null);
    return PeerCall.encode(seam == null ? new HttpSeam.Response(503, "{}") : seam.handle(asked));
  }

  @Override
  public boolean knows(String member) {
    ClusterState state = driver.view().state();
    ClusterConfig last = state.founded() ? null : lastConfig.get();
    return state.founded()
        ? state.server(member) != null
        : last != null && Membership.role(last, member) != null;
  }

  @Override
  public void stranger(String from, String why) {
    say.accept(Notice.of(ServiceNotice.STRANGER, from, why));
  }
}

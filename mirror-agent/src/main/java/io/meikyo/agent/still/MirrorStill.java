// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorNotices;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** A real mirror disk: its engine, on its loop. */
final class MirrorStill implements StillDisk {
  private final MirrorDisk disk;
  private final IoLoop loop;
  private final StillFront front;

  MirrorStill(MirrorDisk disk, IoLoop loop, StillFront front) {
    this.disk = disk;
    this.loop = loop;
    this.front = front;
  }

  @Override
  public String name() {
    return disk.spec().name();
  }

  @Override
  public @Nullable Path device() {
    return front.device().get();
  }

  @Override
  public long secondsMax() {
    return front.secondsMax();
  }

  @Override
  public String kind() {
    return front.kind();
  }

  @Override
  public @Nullable FreezeKeeper keeper() {
    return front.keeper();
  }

  @Override
  public CompletableFuture<View> view() {
    CompletableFuture<View> future = new CompletableFuture<>();
    loop.post(() -> {
      MirrorStatus now = disk.status();
      boolean voided = now.cut().status() == CutStatus.VOID;
      future.complete(new View(obstacle(now), voided));
    });
    return future;
  }

  /** The engine refuses the same and more; but then file systems are frozen already. */
  private @Nullable Notice obstacle(MirrorStatus now) {
    MirrorSpec spec = disk.spec();
    if (now.role() != Role.ACTIVE) {
      int active = now.record().active();
      return Notice.of(
          StillNotice.NOT_ACTIVE,
          name(),
          spec.serverName(spec.identity().replica()),
          active < 0 ? "-" : spec.serverName(active));
    }
    if (now.hold() != HoldState.NONE) {
      return Notice.of(StillNotice.HELD, name());
    }
    for (MirrorStatus.Peer p : now.peers()) {
      boolean follows = p.connected() && p.mode() != FollowMode.NONE;
      boolean equal = p.mode() == FollowMode.BEHIND || (p.inSync() && p.dirtyChunks() == 0);
      if (!follows || !equal) {
        return Notice.of(StillNotice.NOT_EQUAL, name(), spec.serverName(p.replica()));
      }
    }
    return front.hasDevice() && device() == null ? Notice.of(StillNotice.NO_DEVICE, name()) : null;
  }

  @Override
  public CompletableFuture<Answer> hold(
      long holdId, long deadline, long wallMillis, boolean backupMode) {
    return ask(id -> new Event.Hold(id, holdId, deadline, backupMode, wallMillis));
  }

  @Override
  public CompletableFuture<Answer> cut(long cutId) {
    return ask(id -> new Event.Cut(id, cutId));
  }

  @Override
  public CompletableFuture<Answer> release(long holdId) {
    return ask(id -> new Event.Release(id, holdId));
  }

  @Override
  public CompletableFuture<Answer> seal() {
    return ask(Event.Seal::new);
  }

  @Override
  public CompletableFuture<Answer> breakOff(Say why) {
    return ask(id -> new Event.BreakHold(id, why));
  }

  @Override
  public void forget(long cutId) {
    loop.post(() -> disk.snapshots().delete(cutId));
  }

  private CompletableFuture<Answer> ask(LongFunction<Event> event) {
    CompletableFuture<Answer> future = new CompletableFuture<>();
    loop.post(() -> {
      long id = disk.nextId();
      disk.command(id, event.apply(id), a -> future.complete(new Answer(a.ok(), a.notice())));
    });
    return future;
  }

  @Override
  public void listen(Listener listener) {
    disk.listen(
        new MirrorDisk.StillListener() {
          @Override
          public void hold(Effect.HoldChanged hold) {
            Notice why = MirrorNotices.of(hold).about("mirror", name());
            listener.hold(hold.holdId(), hold.state(), why);
          }

          @Override
          public void cut(Effect.CutKnown cut) {
            listener.cut(cut.cutId(), cut.status());
          }
        });
  }
}

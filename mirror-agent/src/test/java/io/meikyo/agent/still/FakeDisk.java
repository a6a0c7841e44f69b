// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorNotices;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** A mirror disk that does at once what it is told, and can be told to fail. */
final class FakeDisk implements StillDisk {
  private final String name;
  private final List<String> did;
  private final FreezeKeeper keeper;
  private final Path device;
  final AtomicReference<Listener> listener = new AtomicReference<>();

  /** Command (hold, cut, release) that is refused. */
  volatile String refuses = "";

  /** The hold ends by itself when this command (hold, cut) comes. */
  volatile String breaksAt = "";

  /** A release is refused, and the hold goes on. */
  volatile boolean holdsOn;

  volatile Notice obstacle;
  volatile boolean voided;
  volatile CutStatus verdict = CutStatus.PROVEN;
  volatile long secondsMax = 60;
  volatile long holdId;
  volatile long deadline;

  volatile boolean backupMode;

  /** What runs when a hold is asked for. */
  volatile Runnable atHold = () -> {};

  /** What runs when a cut is asked for. */
  volatile Runnable atCut = () -> {};

  FakeDisk(String name, List<String> did, FreezeKeeper keeper, Path device) {
    this.name = name;
    this.did = did;
    this.keeper = keeper;
    this.device = device;
  }

  /** The hold ends by itself: VOIDING, then NONE, as in backup mode. */
  void breaks() {
    Notice why = MirrorNotices.of(Say.HOLD_LOST_PEER);
    listener.get().hold(holdId, HoldState.VOIDING, why);
    listener.get().hold(holdId, HoldState.NONE, why);
  }

  private CompletableFuture<Answer> answer(String command) {
    did.add(command + " " + name);
    if (breaksAt.equals(command)) {
      breaks();
      return CompletableFuture.completedFuture(
          new Answer(false, MirrorNotices.of(Say.HOLD_LOST_PEER)));
    }
    return CompletableFuture.completedFuture(
        refuses.equals(command)
            ? new Answer(false, MirrorNotices.of(Say.HOLD_NOT_STANDING))
            : new Answer(true, MirrorNotices.of(Say.HOLD_STANDS)));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public CompletableFuture<View> view() {
    return CompletableFuture.completedFuture(new View(obstacle, voided));
  }

  @Override
  public Path device() {
    return device;
  }

  @Override
  public long secondsMax() {
    return secondsMax;
  }

  @Override
  public String kind() {
    return "FUSE";
  }

  @Override
  public FreezeKeeper keeper() {
    return keeper;
  }

  @Override
  public CompletableFuture<Answer> hold(long id, long until, long wallMillis, boolean backup) {
    holdId = id;
    deadline = until;
    backupMode = backup;
    atHold.run();
    CompletableFuture<Answer> answer = answer("hold");
    listener.get().hold(id, HoldState.DRAINING, MirrorNotices.of(Say.HOLD_BEGINS));
    return answer;
  }

  @Override
  public CompletableFuture<Answer> cut(long cutId) {
    atCut.run();
    CompletableFuture<Answer> answer = answer("cut");
    if (verdict != CutStatus.NONE) {
      listener.get().cut(cutId, verdict);
    }
    return answer;
  }

  @Override
  public CompletableFuture<Answer> release(long id) {
    CompletableFuture<Answer> answer = answer("release");
    if (holdsOn) {
      return answer;
    }
    listener.get().hold(id, HoldState.NONE, MirrorNotices.of(Say.HOLD_RELEASED));
    return answer;
  }

  @Override
  public void forget(long cutId) {
    did.add("forget " + name + "@" + Long.toHexString(cutId));
  }

  @Override
  public CompletableFuture<Answer> seal() {
    CompletableFuture<Answer> answer = answer("seal");
    if (!refuses.equals("seal")) {
      listener.get().hold(holdId, HoldState.NONE, MirrorNotices.of(Say.SEALED));
    }
    return answer;
  }

  @Override
  public CompletableFuture<Answer> breakOff(Say why) {
    CompletableFuture<Answer> answer = answer("break");
    listener.get().hold(holdId, HoldState.NONE, MirrorNotices.of(why));
    return answer;
  }

  @Override
  public void listen(Listener to) {
    listener.set(to);
  }
}

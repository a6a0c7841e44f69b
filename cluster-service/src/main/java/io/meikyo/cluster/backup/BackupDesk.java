// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.backup.BackupJob.End;
import io.meikyo.cluster.backup.BackupJob.What;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Begins and ends backup mode, one order at a time. Any thread; an order goes on when whoever gave
 * it has gone.
 *
 * <pre>
 *   freeze: refused? ─▶ BeginBackup ─▶ hold on each server ─▶ BackupStands
 *                           └───── thaw everywhere, EndBackup(undone) ◀── if one fails
 *   thaw:   thaw on each server ─▶ EndBackup(good or void)
 * </pre>
 */
public final class BackupDesk {
  private static final int TRIES = 3;
  private static final long ANSWER_SECONDS = 10;

  private final String self;
  private final NodeDriver node;
  private final Holds holds;
  private final Supplier<Map<String, Map<String, String>>> agent;
  private final LongSupplier random;
  private @Nullable BackupJob last;
  private long numbers;

  /**
   * A desk.
   *
   * @param agent what the mirror agent of this server says, per mirror disk
   * @param random ids of cuts
   */
  public BackupDesk(
      String self,
      NodeDriver node,
      Holds holds,
      Supplier<Map<String, Map<String, String>>> agent,
      LongSupplier random) {
    this.self = self;
    this.node = node;
    this.holds = holds;
    this.agent = agent;
    this.random = random;
  }

  /** Work that an order is made of. */
  private interface Work {
    void run(BackupJob job) throws InterruptedException, ExecutionException, TimeoutException;
  }

  /**
   * Holds all mirror disks and raises their flags, or does nothing.
   *
   * @param seconds the longest that writes may be held
   */
  public BackupJob freeze(String by, long seconds) {
    return begin(job -> freeze(job, by, seconds));
  }

  /** Ends backup mode, however far it came. */
  public BackupJob thaw() {
    return begin(this::thaw);
  }

  /** The last order; null if there was none, or if this is not its number. */
  public synchronized @Nullable BackupJob job(long number) {
    BackupJob job = last;
    return job != null && job.view().number() == number ? job : null;
  }

  private synchronized BackupJob begin(Work work) {
    BackupJob former = last;
    BackupJob job = new BackupJob(++numbers);
    if (former != null && former.view().end() == null) {
      job.because(Notice.of(BackupNotice.BUSY));
      job.end(End.REFUSED);
      return job;
    }
    last = job;
    Thread.ofPlatform().daemon().name("backup").start(() -> carryOut(job, work));
    return job;
  }

  private static void carryOut(BackupJob job, Work work) {
    try {
      work.run(job);
    } catch (InterruptedException e) {
      job.because(Notice.of(BackupNotice.BROKEN, "interrupted"));
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      job.because(Notice.of(BackupNotice.BROKEN, String.valueOf(e)));
    } finally {
      job.end(End.FAILED);
    }
  }

  private Verdict ask(Command command)
      throws InterruptedException, ExecutionException, TimeoutException {
    return node.ask(command).get(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Says that it is over. If that cannot be decided now, the cluster finds it by itself: nobody
   * carries it any more, or nothing is held.
   */
  private boolean end(BackupJob job, long cut, BackupMode.Outcome outcome)
      throws InterruptedException, ExecutionException, TimeoutException {
    Verdict ended = ask(new Command.EndBackup(cut, outcome));
    for (int i = 1; i < TRIES && !ended.taken(); i++) {
      ended = ask(new Command.EndBackup(cut, outcome));
    }
    if (!ended.taken()) {
      job.because(ended.notice());
    }
    return ended.taken();
  }

  // ---- begin

  private void freeze(BackupJob job, String by, long seconds)
      throws InterruptedException, ExecutionException, TimeoutException {
    NodeDriver.View view = node.view();
    SortedMap<String, String> disks = active(view.state());
    Notice against = against(view, disks);
    if (against != null) {
      job.because(against);
      job.end(End.REFUSED);
      return;
    }
    long cut = random.getAsLong() | 1;
    job.cut(cut);
    node.post(new NodeEvent.Carries(cut));
    try {
      freeze(job, by, seconds, cut, disks);
    } finally {
      node.post(new NodeEvent.Carries(0));
    }
  }

  private void freeze(
      BackupJob job, String by, long seconds, long cut, SortedMap<String, String> disks)
      throws InterruptedException, ExecutionException, TimeoutException {
    Verdict begun = ask(new Command.BeginBackup(by, cut, seconds * 1000, disks));
    if (!begun.taken()) {
      job.because(begun.notice());
      if (begun.saying() == ClusterNotice.UNDECIDED) {
        undo(job, cut, disks, false);
      } else {
        job.end(End.REFUSED);
      }
      return;
    }
    job.step(What.MODE_MANUAL);
    job.step(What.SUSPENDING);
    servers(node.view().state()).forEach(s -> job.step(What.SUSPENDED, s, true));
    job.step(What.BEGINNING);
    for (Map.Entry<String, List<String>> e : perServer(disks).entrySet()) {
      Holds.Answer held = holds.freeze(e.getKey(), e.getValue(), cut, seconds, by);
      if (!held.done()) {
        job.because(Notice.of(BackupNotice.FREEZE_FAILED, e.getKey()));
        job.because(held.said());
        undo(job, cut, disks, true);
        if (held.status() == Holds.REFUSED) {
          job.end(End.REFUSED);
        }
        return;
      }
    }
    Verdict stands = ask(new Command.BackupStands(cut));
    if (!stands.taken()) {
      job.because(stands.notice());
      undo(job, cut, disks, true);
      return;
    }
    disks.keySet().forEach(d -> job.step(What.FROZEN, d, true));
    job.step(What.FLAGS_ON);
    job.end(End.DONE);
  }

  /** What is held is let go first; monitoring and failover go on last. */
  private void undo(BackupJob job, long cut, Map<String, String> disks, boolean begun)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (Map.Entry<String, List<String>> e : perServer(disks).entrySet()) {
      Holds.Answer thawed = holds.thaw(e.getKey(), e.getValue());
      if (thawed.status() == Holds.UNREACHED) {
        job.because(Notice.of(BackupNotice.UNREACHED, e.getKey()));
      }
    }
    if (end(job, cut, BackupMode.Outcome.UNDONE) && begun) {
      job.step(What.ROLLED_BACK);
    }
  }

  /** Why nothing is begun; null if it can be. */
  private @Nullable Notice against(NodeDriver.View view, Map<String, String> disks) {
    ClusterState state = view.state();
    ServerState me = state.server(self);
    if (me == null || !me.running() || !view.fresh()) {
      return Notice.of(BackupNotice.NOT_READY, self);
    }
    if (state.backup().on()) {
      return Notice.of(ClusterNotice.BACKUP_ON, state.backup().by(), state.backup().server());
    }
    if (state.disks().isEmpty()) {
      return Notice.of(BackupNotice.NO_MIRROR);
    }
    for (String disk : state.disks().keySet()) {
      if (!disks.containsKey(disk)) {
        return Notice.of(BackupNotice.INACTIVE, disk);
      }
    }
    if (!disks.containsValue(self)) {
      String active = String.join(", ", new TreeSet<>(disks.values()));
      return Notice.of(BackupNotice.ELSEWHERE, self, active);
    }
    for (String server : servers(state)) {
      Health health = view.health().get(server);
      if (!server.equals(self) && health != Health.UP) {
        return Notice.of(BackupNotice.SERVER_AWAY, server, String.valueOf(health));
      }
    }
    return still(state, disks);
  }

  /** What our own mirror agent knows better than the state. */
  private @Nullable Notice still(ClusterState state, Map<String, String> disks) {
    for (Map.Entry<String, Map<String, String>> e : agent.get().entrySet()) {
      String disk = e.getKey();
      Map<String, String> facts = e.getValue();
      if (!self.equals(disks.get(disk))) {
        continue;
      }
      if (!"NONE".equals(facts.getOrDefault("hold", "NONE"))) {
        return Notice.of(BackupNotice.HELD_ALREADY, disk);
      }
      for (String server : servers(state)) {
        String peer = "peers." + server + ".";
        boolean known = facts.containsKey(peer + "connected");
        boolean equal =
            "true".equals(facts.get(peer + "inSync"))
                && "0".equals(facts.getOrDefault(peer + "dirtyChunks", "0"));
        if (known && !equal) {
          return Notice.of(BackupNotice.RECOVERING, disk, server);
        }
      }
    }
    return null;
  }

  // ---- end

  private void thaw(BackupJob job)
      throws InterruptedException, ExecutionException, TimeoutException {
    NodeDriver.View view = node.view();
    BackupMode mode = view.state().backup();
    if (!mode.on()) {
      over(job, mode);
      return;
    }
    job.cut(mode.cutId());
    boolean good = mode.stage() == BackupMode.Stage.STANDS;
    List<String> away = new ArrayList<>();
    for (Map.Entry<String, List<String>> e : perServer(mode.disks()).entrySet()) {
      Holds.Answer thawed = holds.thaw(e.getKey(), e.getValue());
      if (thawed.status() == Holds.UNREACHED) {
        away.add(e.getKey());
      } else if (!thawed.done() && thawed.status() != Holds.VOID) {
        job.because(thawed.said());
      }
      for (String disk : e.getValue()) {
        good &= thawed.done() && "GOOD".equals(thawed.facts().get("outcome." + disk));
      }
    }
    BackupMode.Outcome outcome = good ? BackupMode.Outcome.GOOD : BackupMode.Outcome.VOID;
    if (!end(job, mode.cutId(), outcome)) {
      return;
    }
    // It may have been said before us that it is void.
    good &= node.view().state().backup().stage() != BackupMode.Stage.VOID;
    job.step(What.MODE_AUTO);
    job.step(What.ENDING);
    job.step(What.FLAGS_OFF);
    mode.disks().forEach((disk, server) -> job.step(What.UNFROZEN, disk, !away.contains(server)));
    job.step(What.RESUMING);
    for (String server : servers(view.state())) {
      boolean up = server.equals(self) || view.health().get(server) == Health.UP;
      job.step(What.RESUMED, server, up);
      if (!up && !away.contains(server)) {
        away.add(server);
      }
    }
    away.forEach(server -> job.because(Notice.of(BackupNotice.UNREACHED, server)));
    if (!good) {
      isVoid(job, mode);
    } else {
      job.end(away.isEmpty() ? End.DONE : End.UNREACHED);
    }
  }

  /** Backup mode has ended before, by itself or by somebody's word. */
  private void over(BackupJob job, BackupMode mode)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (mode.stage() == BackupMode.Stage.VOID) {
      job.cut(mode.cutId());
      isVoid(job, mode);
    } else {
      job.because(Notice.of(BackupNotice.NOT_ON));
      job.end(End.NOTHING);
    }
  }

  private void isVoid(BackupJob job, BackupMode mode)
      throws InterruptedException, ExecutionException, TimeoutException {
    job.because(
        Notice.of(BackupNotice.IMAGE_VOID, java.time.Instant.ofEpochMilli(mode.sinceMillis())));
    Verdict _ = ask(new Command.ForgetVoid());
    job.end(End.VOID);
  }

  // ---- who is concerned

  private static List<String> servers(ClusterState state) {
    return state.servers().values().stream()
        .filter(s -> s.role() == MemberRole.SERVER)
        .map(ServerState::name)
        .toList();
  }

  /** Mirror disks that are active, and where. */
  private static SortedMap<String, String> active(ClusterState state) {
    SortedMap<String, String> active = new TreeMap<>();
    for (DiskState disk : state.disks().values()) {
      ConfigState.DiskFacts facts = state.config().disks().get(disk.name());
      String server = facts == null ? null : facts.serverOf(disk.record().active());
      if (server != null && !server.isEmpty()) {
        active.put(disk.name(), server);
      }
    }
    return active;
  }

  /** This server's mirror disks first: what can fail here fails before others are touched. */
  private Map<String, List<String>> perServer(Map<String, String> disks) {
    Map<String, List<String>> all = new java.util.LinkedHashMap<>();
    all.put(self, new ArrayList<>());
    disks.forEach((disk, server) -> all.computeIfAbsent(server, s -> new ArrayList<>()).add(disk));
    all.values().removeIf(List::isEmpty);
    return all;
  }
}

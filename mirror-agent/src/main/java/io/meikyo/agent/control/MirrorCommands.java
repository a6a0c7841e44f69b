// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.partition.CarriedCopy;
import io.meikyo.agent.partition.PartitionNotice;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.record.RecordSource;
import io.meikyo.agent.still.StillPoint;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Condition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The commands {@code mirror …}: looks up what is meant, asks the engine on its loop, and waits for
 * the answer. Any thread; each call on one of its own.
 */
public final class MirrorCommands implements ControlServer.Commands {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;
  private static final int REFUSED = 4;

  /** How long a command may wait that is not asked to wait longer, s. */
  private static final long WAIT_SECONDS = 60;

  /** The longest that a loop may be busy with one thing, s: more is a defect, or a stuck disk. */
  private static final long LOOP_SECONDS = 10;

  private static final long FOREVER_SECONDS = 30L * 24 * 3600;
  private static final long HOLD_SECONDS_MAX = 300;

  /** How long a drop waits for the front ends to be gone, ms. */
  private static final long DROP_MILLIS = 300;

  /** How long it waits for the role to be given back in good order, ms. */
  private static final long ORDER_MILLIS = 200;

  private final Map<String, MirrorHandle> mirrors;
  private final BackupCommands backup;
  private final SnapshotCommands snapshots;
  private final SecureRandom random = new SecureRandom();

  /** Commands for these mirror disks, by name. */
  private MirrorCommands(Map<String, MirrorHandle> mirrors, StillPoint still) {
    this.mirrors = mirrors;
    this.backup = new BackupCommands(mirrors.keySet(), still);
    this.snapshots = new SnapshotCommands(mirrors);
  }

  /**
   * Listens for commands.
   *
   * @param socket where
   * @param still brings several of them to a still point together
   * @param log takes what goes wrong with connections
   * @return closes the socket
   */
  public static AutoCloseable serve(
      Path socket, Map<String, MirrorHandle> mirrors, StillPoint still, Consumer<String> log)
      throws IOException {
    return ControlServer.open(socket, new MirrorCommands(mirrors, still), log);
  }

  /** What a request is about. */
  private record Call(MirrorHandle mirror, Map<String, String> options) {
    boolean has(String option) {
      return options.containsKey(option);
    }
  }

  /** A request that cannot be carried out, with the reason. */
  private static final class Misuse extends Exception {
    private static final long serialVersionUID = 1;
    final transient Notice notice;
    final int status;

    Misuse(Notice notice) {
      this(notice, MISUSED);
    }

    Misuse(Notice notice, int status) {
      super(notice.toString());
      this.notice = notice;
      this.status = status;
    }
  }

  @Override
  public int run(List<String> words, ControlOutput out) throws IOException, InterruptedException {
    try {
      String command = words.getFirst();
      if (BackupCommands.ALL.contains(command)) {
        return backup.run(words, out);
      }
      if (SnapshotCommands.ALL.contains(command)) {
        return snapshots.run(words, out);
      }
      if (command.equals("mirror.status") && words.size() == 1) {
        int worst = 0;
        for (MirrorHandle mirror : mirrors.values()) {
          try {
            status(new Call(mirror, Map.of()), out);
          } catch (Misuse e) {
            out.notice(false, e.notice);
            worst = e.status;
          }
        }
        return worst;
      }
      Call call = call(words);
      return switch (command) {
        case "mirror.status" -> status(call, out);
        case "mirror.activate" -> activate(call, out);
        case "mirror.standby" -> simple(call, out, Event.Deactivate::new);
        case "mirror.drop" -> drop(call, out);
        case "mirror.disconnect" -> links(call, out, false);
        case "mirror.connect" -> links(call, out, true);
        case "mirror.recover" -> recover(call, out);
        case "mirror.cancel" -> {
          int peer = peer(call);
          yield simple(call, out, id -> new Event.CancelRecovery(id, peer));
        }
        case "mirror.verify" -> verify(call, out);
        case "mirror.hold" -> hold(call, out);
        case "mirror.cut" -> cut(call, out);
        case "mirror.release" -> release(call, out);
        case "mirror.carry" -> carry(call, out);
        case "backup.flag-off" -> simple(call, out, Event.FlagOff::new);
        default -> throw new Misuse(Notice.of(ControlNotice.UNKNOWN_COMMAND, command));
      };
    } catch (Misuse e) {
      out.notice(false, e.notice);
      return e.status;
    }
  }

  private Call call(List<String> words) throws Misuse {
    String name = words.size() > 1 ? words.get(1) : "";
    MirrorHandle mirror = mirrors.get(name);
    if (mirror == null) {
      throw new Misuse(
          Notice.of(ControlNotice.UNKNOWN_MIRROR, name, String.join(", ", mirrors.keySet())));
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (String word : words.subList(2, words.size())) {
      int equals = word.indexOf('=');
      options.put(
          equals < 0 ? word : word.substring(0, equals),
          equals < 0 ? "" : word.substring(equals + 1));
    }
    return new Call(mirror, options);
  }

  // ---- waiting for the loop

  private static <T> T onLoop(MirrorHandle mirror, Supplier<T> task)
      throws InterruptedException, Misuse {
    CompletableFuture<T> future = new CompletableFuture<>();
    mirror.loop().post(() -> future.complete(task.get()));
    try {
      return future.get(LOOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new Misuse(
          Notice.of(ControlNotice.LOOP_SILENT, mirror.disk().spec().name(), LOOP_SECONDS), FAILED);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static CompletableFuture<MirrorDisk.Answer> ask(
      MirrorHandle mirror, LongFunction<Event> event) {
    CompletableFuture<MirrorDisk.Answer> future = new CompletableFuture<>();
    mirror
        .loop()
        .post(() -> {
          long id = mirror.disk().nextId();
          mirror.disk().command(id, event.apply(id), future::complete);
        });
    return future;
  }

  private static long seconds(Call call, long standard) throws Misuse {
    return number(call, "wait", standard, 0, FOREVER_SECONDS);
  }

  private static long number(Call call, String option, long standard, long least, long most)
      throws Misuse {
    String text = call.options.get(option);
    if (text == null) {
      return standard;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Misuse(Notice.of(ControlNotice.BAD_OPTION, option, text, least + " … " + most));
  }

  private int simple(Call call, ControlOutput out, LongFunction<Event> event)
      throws IOException, InterruptedException, Misuse {
    return answer(ask(call.mirror, event), seconds(call, WAIT_SECONDS), out);
  }

  private static int answer(
      CompletableFuture<MirrorDisk.Answer> future, long seconds, ControlOutput out)
      throws IOException, InterruptedException {
    try {
      MirrorDisk.Answer answer = future.get(seconds, TimeUnit.SECONDS);
      out.notice(answer.ok(), answer.notice());
      out.code(answer.notice());
      return answer.ok() ? 0 : FAILED;
    } catch (TimeoutException e) {
      Notice notice = Notice.of(ControlNotice.TIMED_OUT, seconds);
      out.notice(false, notice);
      out.code(notice);
      return FAILED;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Gives the role back without regard to users: their I/O fails first, so that nothing new comes
   * and nothing of theirs is waited for. In good order if that is done in a moment; else, as on a
   * server that reaches nobody, it is let go of.
   */
  private int drop(Call call, ControlOutput out) throws IOException, InterruptedException, Misuse {
    CompletableFuture<Void> dropped = onLoop(call.mirror, call.mirror.drop());
    try {
      dropped.get(DROP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // Users that hang keep the device; their I/O has failed all the same.
    }
    try {
      MirrorDisk.Answer answer =
          ask(call.mirror, Event.Deactivate::new).get(ORDER_MILLIS, TimeUnit.MILLISECONDS);
      if (answer.ok()) {
        out.notice(true, answer.notice());
        out.code(answer.notice());
        return 0;
      }
    } catch (TimeoutException e) {
      // Somebody who would have to agree is not heard.
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return simple(call, out, Event.LetGo::new);
  }

  /** The peer that is meant: the one that is named, or the only one. */
  private static int peer(Call call) throws Misuse {
    Map<Integer, String> names = call.mirror.disk().spec().serverNames();
    int own = call.mirror.disk().spec().identity().replica();
    List<Integer> others = names.keySet().stream().filter(r -> r != own).sorted().toList();
    String known = String.join(", ", others.stream().map(names::get).toList());
    String wanted = call.options.get("server");
    if (wanted == null) {
      if (others.size() == 1) {
        return others.getFirst();
      }
      throw new Misuse(Notice.of(ControlNotice.WHICH_PEER, known));
    }
    for (int other : others) {
      if (wanted.equals(names.get(other))) {
        return other;
      }
    }
    throw new Misuse(Notice.of(ControlNotice.UNKNOWN_SERVER, wanted, known));
  }

  // ---- single commands

  /**
   * Without a keeper, nothing is decided alone: it makes no sense to wait in the engine for a
   * server that nobody hears, unless the operator says that it is off.
   */
  private int activate(Call call, ControlOutput out)
      throws IOException, InterruptedException, Misuse {
    boolean force = call.has("force");
    if (call.has("peer-is-off")) {
      int status = word(call, out, (r, done) -> r.peerIsOff(who(call), force, done));
      if (status != 0) {
        return status;
      }
    } else {
      Optional<Notice> obstacle =
          onLoop(call.mirror, () -> Optional.ofNullable(call.mirror.disk().record().obstacle()));
      if (obstacle.isPresent()) {
        out.notice(false, obstacle.get());
        return FAILED;
      }
    }
    return simple(call, out, id -> new Event.Activate(id, force));
  }

  private static String who(Call call) {
    String who = call.options.get("by");
    return who == null || who.isBlank() ? "?" : who;
  }

  /** Gives the record a word of the operator, and says how it was taken. */
  private int word(
      Call call, ControlOutput out, BiConsumer<RecordSource, Consumer<RecordSource.Taken>> word)
      throws IOException, InterruptedException {
    CompletableFuture<RecordSource.Taken> future = new CompletableFuture<>();
    call.mirror.loop().post(() -> word.accept(call.mirror.disk().record(), future::complete));
    try {
      RecordSource.Taken taken = future.get(WAIT_SECONDS, TimeUnit.SECONDS);
      out.notice(taken.ok(), taken.notice());
      return taken.ok() ? 0 : FAILED;
    } catch (TimeoutException e) {
      out.notice(false, Notice.of(ControlNotice.TIMED_OUT, WAIT_SECONDS));
      return FAILED;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private int links(Call call, ControlOutput out, boolean connect)
      throws IOException, InterruptedException, Misuse {
    int peer = peer(call);
    MirrorDisk disk = call.mirror.disk();
    onLoop(
        call.mirror,
        () -> {
          if (connect) {
            disk.links().connect(peer);
          } else {
            disk.links().disconnect(peer);
          }
          return true;
        });
    out.notice(
        true,
        Notice.of(
            connect ? ControlNotice.CONNECTED : ControlNotice.DISCONNECTED,
            disk.spec().serverName(peer)));
    return 0;
  }

  private int recover(Call call, ControlOutput out)
      throws IOException, InterruptedException, Misuse {
    int peer = peer(call);
    if (call.has("rate")) {
      int rate = (int) number(call, "rate", 0, 0, Integer.MAX_VALUE);
      int status = simple(call, out, id -> new Event.SetRecoveryRate(id, rate));
      if (status != 0) {
        return status;
      }
    }
    String from = call.options.get("from");
    if (from != null) {
      String own =
          call.mirror.disk().spec().serverName(call.mirror.disk().spec().identity().replica());
      if (!from.equals(own)) {
        throw new Misuse(Notice.of(ControlNotice.FROM_ELSEWHERE, from, own));
      }
      if (onLoop(call.mirror, () -> call.mirror.disk().record().apart())) {
        int status = word(call, out, (r, done) -> r.keepThis(who(call), done));
        if (status != 0) {
          return status;
        }
      }
      return simple(call, out, id -> new Event.DiscardPeer(id, peer));
    }
    return simple(call, out, id -> new Event.ResumeRecovery(id, peer));
  }

  private int verify(Call call, ControlOutput out)
      throws IOException, InterruptedException, Misuse {
    int peer = peer(call);
    long now = System.currentTimeMillis();
    VerifyWatch watch = new VerifyWatch(call.mirror, peer);
    onLoop(call.mirror, watch::begin);
    CompletableFuture<MirrorDisk.Answer> end =
        ask(call.mirror, id -> new Event.Verify(id, peer, now));
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds(call, FOREVER_SECONDS));
      while (!end.isDone() && System.nanoTime() < deadline) {
        watch.report(out, false);
        try {
          end.get(200, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
          // Not yet; a failure is told below.
        }
      }
      watch.report(out, true);
      out.facts(watch.facts());
      return answer(end, 0, out);
    } finally {
      onLoop(call.mirror, watch::end);
    }
  }

  private int hold(Call call, ControlOutput out) throws IOException, InterruptedException, Misuse {
    long seconds = number(call, "max", 2, 1, HOLD_SECONDS_MAX);
    long holdId = random.nextLong() | 1;
    long wall = System.currentTimeMillis();
    CompletableFuture<MirrorDisk.Answer> end =
        ask(
            call.mirror,
            id ->
                new Event.Hold(
                    id,
                    holdId,
                    call.mirror.loop().nanos() + TimeUnit.SECONDS.toNanos(seconds),
                    false,
                    wall));
    int status = answer(end, WAIT_SECONDS, out);
    if (status == 0) {
      out.facts(Map.of("hold", Long.toHexString(holdId)));
    }
    return status;
  }

  /** A cut in a hold that stands, with a snapshot on every replica. */
  private int cut(Call call, ControlOutput out) throws IOException, InterruptedException, Misuse {
    String text = call.options.getOrDefault("cut", "");
    long cutId = SnapshotCommands.cutId(text);
    if (cutId == 0) {
      throw new Misuse(Notice.of(ControlNotice.BAD_OPTION, "cut", text, SnapshotCommands.CUT_IDS));
    }
    return simple(call, out, id -> new Event.Cut(id, cutId));
  }

  private int release(Call call, ControlOutput out)
      throws IOException, InterruptedException, Misuse {
    String text = call.options.get("hold");
    long holdId;
    if (text == null) {
      holdId = onLoop(call.mirror, () -> call.mirror.disk().status().holdId());
    } else {
      try {
        holdId = Long.parseUnsignedLong(text, 16);
      } catch (NumberFormatException e) {
        throw new Misuse(
            Notice.of(ControlNotice.BAD_OPTION, "hold", text, "an id of meikyo mirror hold"));
      }
    }
    return simple(call, out, id -> new Event.Release(id, holdId));
  }

  /**
   * Writes the cluster's configuration onto the cluster partition: {@code version=N} and {@code
   * text=} the configuration. Not while a hold or backup mode stands, nor on an image that waits: a
   * partition that may be copied now is left as it is, and whoever asked asks again.
   */
  private int carry(Call call, ControlOutput out) throws IOException, InterruptedException, Misuse {
    long version = number(call, "version", 0, 1, Long.MAX_VALUE);
    String text = call.options.get("text");
    if (version == 0 || text == null) {
      throw new Misuse(Notice.of(ControlNotice.BAD_OPTION, "text", "", "version=N text=…"));
    }
    MirrorDisk disk = call.mirror.disk();
    String name = disk.spec().name();
    MirrorStatus now = onLoop(call.mirror, disk::status);
    if (now.hold() != HoldState.NONE
        || now.backup().flagOn()
        || now.condition() == Condition.RESTORED) {
      throw new Misuse(Notice.of(PartitionNotice.COPY_RESTS, name), REFUSED);
    }
    SetRecord record = now.record();
    try {
      boolean _ =
          disk.carried()
              .write(
                  new CarriedCopy.Contents(
                      disk.spec().identity().clusterId(),
                      record.groupId(),
                      record.epoch(),
                      record.inSyncMask(),
                      version,
                      text.getBytes(StandardCharsets.UTF_8)));
    } catch (PartitionProblem e) {
      throw new Misuse(e.notice(), FAILED);
    }
    out.facts(Map.of("configuration", disk.carried().mark()));
    out.notice(true, Notice.of(PartitionNotice.COPY_WRITTEN, name, version));
    return 0;
  }

  private int status(Call call, ControlOutput out)
      throws IOException, InterruptedException, Misuse {
    @Nullable MirrorView view = onLoop(call.mirror, () -> MirrorView.of(call.mirror));
    if (call.has("facts")) {
      view.writeFacts(out);
    } else {
      view.write(out);
    }
    return 0;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.PairPlace;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The deciding record without a keeper: the two agents decide together ({@link PairRules}), each
 * with a journal in its state folder.
 *
 * <p>Methods are for the loop's thread. A thread of its own carries the rules out and writes the
 * journal, so that the loop never waits for a disk; what comes out is posted to the loop.
 */
public final class PairRecord implements RecordSource {
  private static final long ANSWER_NANOS = 2_000_000_000L;
  private static final long BEAT_MILLIS = 1000;
  private static final long SILENCE_NANOS = 4_000_000_000L;
  private static final long KEEP_MILLIS = 10_000;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  /**
   * Which one.
   *
   * @param mirror name of the mirror disk
   * @param own identity of the replica here
   * @param other replica number there
   * @param server name of the other server
   */
  public record Names(String mirror, Identity own, int other, String server) {}

  /** What the loop's thread knows. */
  private record View(
      PairState state, boolean decides, @Nullable SetRecord newest, PairBook.@Nullable Word word) {}

  private final IoLoop loop;
  private final PairPlace place;
  private final Names names;
  private final Events events;
  private final Consumer<Notice> notices;
  private final SetRecord base;
  private final PairBook book;
  private final PairRules rules;
  private final PairWire wire;
  private final ScheduledThreadPoolExecutor mind;

  // for the loop's thread
  private final Map<Long, IoLoop.Timer> open = new HashMap<>();
  private @Nullable SetRecord newest;
  private View view;
  private boolean meets;
  private Runnable changed = () -> {};
  private boolean closed;

  // for the thread of the rules
  private PairWire.@Nullable Connection connection;
  private @Nullable Consumer<Taken> keeping;
  private @Nullable String broken;
  private String keeper = "";
  private View published;

  /**
   * Opens the journal and, if the other side calls, the socket.
   *
   * @param superblock what the replica's own partition says
   * @throws IOException if one of them cannot be opened
   */
  public PairRecord(
      IoLoop loop,
      PairPlace place,
      Names names,
      Superblock superblock,
      LongSupplier entropy,
      Events events,
      Consumer<Notice> notices)
      throws IOException {
    this.loop = loop;
    this.place = place;
    this.names = names;
    this.events = events;
    this.notices = notices;
    long group = superblock.groupId() != 0 ? superblock.groupId() : groupOf(names.own);
    this.base = base(group, superblock.epoch());
    this.book = PairFolder.open(place.folder(), names.own.diskId(), group);
    this.rules =
        new PairRules(
            names.own.replica(),
            names.own.replica() < names.other,
            superblock.epoch() > 0,
            book,
            entropy,
            new Rules());
    this.view = snapshot();
    this.published = view;
    this.newest = view.newest;
    try {
      this.wire =
          new PairWire(
              names.own.clusterId(),
              names.own.diskId(),
              names.own.replica(),
              names.other,
              place.listen(),
              place.peer(),
              new Wire());
    } catch (IOException e) {
      book.close();
      throw e;
    }
    this.mind =
        new ScheduledThreadPoolExecutor(
            1,
            task -> Thread.ofPlatform().daemon().name("record-" + names.mirror).unstarted(task),
            new ThreadPoolExecutor.DiscardPolicy());
  }

  /** Both sides begin with one lineage without having met: it comes from the disk's own id. */
  private static long groupOf(Identity own) {
    return (own.diskId().getMostSignificantBits()
            ^ Long.rotateLeft(own.diskId().getLeastSignificantBits(), 1))
        | 1;
  }

  /** What a side begins with by force whose journal is gone: nobody is in sync, epochs go on. */
  private static SetRecord base(long group, long epoch) {
    SetRecord r = SetRecord.initial(group);
    List<Stamp> none = Collections.nCopies(Identity.REPLICAS_MAX, Stamp.NONE);
    return new SetRecord(group, 1, Math.max(1, epoch), -1, 0, 1, none, 1, 0, 0, r.cutStatus());
  }

  @Override
  public void begin() {
    var _ =
        mind.scheduleAtFixedRate(
            () -> step(this::beat), BEAT_MILLIS, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    if (view.state == PairState.LOST) {
      notices.accept(view());
    }
    wire.begin();
  }

  @Override
  public void watch(Runnable watcher) {
    changed = watcher;
  }

  // ---- for the loop's thread

  @Override
  public boolean connected() {
    return view.decides;
  }

  @Override
  public @Nullable SetRecord newest() {
    return newest;
  }

  @Override
  public String where() {
    return names.server;
  }

  @Override
  public String mode() {
    return view.state.name();
  }

  @Override
  public boolean apart() {
    return view.state == PairState.APART;
  }

  @Override
  public boolean mayMeet() {
    return meets;
  }

  @Override
  public @Nullable Notice obstacle() {
    return view.decides ? null : view();
  }

  @Override
  public Notice view() {
    return switch (view.state) {
      case WAITING -> Notice.of(RecordNotice.WAITING, names.mirror, names.server);
      case TOGETHER -> Notice.of(RecordNotice.TOGETHER, names.mirror, names.server);
      case ALONE -> alone(view.word);
      case APART -> Notice.of(RecordNotice.APART, names.mirror, names.server, here());
      case LOST -> Notice.of(RecordNotice.LOST, names.mirror, names.server, place.folder());
      case BROKEN -> Notice.of(RecordNotice.BROKEN, names.mirror, place.folder(), "-");
    };
  }

  private String here() {
    return "replica " + names.own.replica();
  }

  private Notice alone(PairBook.@Nullable Word word) {
    String who = word == null ? "-" : word.who();
    String when =
        word == null
            ? "-"
            : TIME.format(
                LocalDateTime.ofInstant(
                    Instant.ofEpochMilli(word.atMillis()), ZoneId.systemDefault()));
    return Notice.of(RecordNotice.ALONE, names.mirror, names.server, who, when);
  }

  @Override
  public void propose(long proposalId, SetRecord next) {
    open.put(
        proposalId,
        loop.at(loop.nanos() + ANSWER_NANOS, () -> ended(proposalId, Outcome.UNKNOWN, null)));
    mind.execute(() -> step(() -> rules.propose(next)));
  }

  private void ended(long proposalId, Outcome outcome, @Nullable SetRecord now) {
    boolean news = now != null && note(now);
    IoLoop.Timer timer = open.remove(proposalId);
    if (timer != null) {
      timer.cancel();
      events.proposed(proposalId, outcome, now);
    } else if (news && now != null) {
      // Decided later than anybody waited for.
      events.recordSeen(now);
    }
  }

  private boolean note(SetRecord now) {
    SetRecord before = newest;
    if (before != null && before.groupId() == now.groupId() && before.version() >= now.version()) {
      return false;
    }
    newest = now;
    return true;
  }

  @Override
  public void peerIsOff(String who, boolean force, Consumer<Taken> answer) {
    mind.execute(() -> step(() -> peerIsOffNow(who, force, answer)));
  }

  @Override
  public void keepThis(String who, Consumer<Taken> answer) {
    mind.execute(() -> step(() -> keepThisNow(who, answer)));
  }

  @Override
  public void close() throws IOException {
    closed = true;
    wire.close();
    mind.execute(() -> {
      try {
        book.close();
      } catch (IOException e) {
        // Everything in it was made durable when it was written.
      }
    });
    mind.shutdown();
  }

  // ---- for the thread of the rules

  /** Work that may fail with the state folder. */
  private interface Step {
    void run() throws IOException;
  }

  private void step(Step step) {
    if (broken == null) {
      try {
        step.run();
      } catch (IOException | RuntimeException e) {
        // A mistake of ours is no better than a full disk: what is not decided cannot be wrong.
        broken = e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString();
        notices.accept(Notice.of(RecordNotice.BROKEN, names.mirror, place.folder(), broken));
        hangUp();
      }
    }
    View now = snapshot();
    if (!now.equals(published)) {
      published = now;
      loop.post(() -> changed(now));
    }
  }

  private View snapshot() {
    return broken != null
        ? new View(PairState.BROKEN, false, rules.newest(), null)
        : new View(rules.state(), rules.canDecide(), rules.newest(), book.alone());
  }

  private void changed(View now) {
    if (closed) {
      return;
    }
    view = now;
    switch (now.state) {
      case TOGETHER -> meets = true;
      case ALONE, APART, LOST -> meets = false;
      case WAITING, BROKEN -> {
        // What has met goes on.
      }
    }
    changed.run();
  }

  private void beat() {
    PairWire.Connection c = connection;
    if (c != null) {
      if (System.nanoTime() - c.heardNanos() > SILENCE_NANOS) {
        c.hangUp();
      } else {
        ping(c);
      }
    }
  }

  private void ping(PairWire.Connection c) {
    c.send(new PairMessage(PairMessage.Kind.PING, book.newest()));
  }

  private void hangUp() {
    PairWire.Connection c = connection;
    if (c != null) {
      c.hangUp();
    }
  }

  private void reply(Consumer<Taken> answer, boolean ok, Notice notice) {
    loop.post(() -> answer.accept(new Taken(ok, notice)));
  }

  private Notice peerNotice(RecordNotice code) {
    return Notice.of(code, names.mirror, names.server);
  }

  private void peerIsOffNow(String who, boolean force, Consumer<Taken> answer) throws IOException {
    PairBook.Word said = book.alone();
    PairWire.Connection c = connection;
    if (rules.aloneRefusal(force) != null) {
      reply(
          answer, false, Notice.of(RecordNotice.LOST, names.mirror, names.server, place.folder()));
    } else if (c != null) {
      long asked = System.nanoTime();
      ping(c);
      var _ =
          mind.schedule(
              () ->
                  step(() -> {
                    if (c == connection && c.heardNanos() - asked > 0) {
                      reply(answer, false, peerNotice(RecordNotice.PEER_ANSWERS));
                    } else if (c == connection) {
                      c.hangUp();
                      ended(c);
                      peerIsOffNow(who, force, answer);
                    } else {
                      peerIsOffNow(who, force, answer);
                    }
                  }),
              BEAT_MILLIS,
              TimeUnit.MILLISECONDS);
    } else if (said != null) {
      reply(answer, true, alone(said));
    } else {
      PairBook.Word word = new PairBook.Word(who, System.currentTimeMillis());
      rules.peerIsOff(word, base);
      reply(answer, true, alone(word));
    }
  }

  private void keepThisNow(String who, Consumer<Taken> answer) throws IOException {
    if (keeping != null || !rules.keepThis(new PairBook.Word(who, System.currentTimeMillis()))) {
      reply(answer, false, peerNotice(RecordNotice.NOT_APART));
      return;
    }
    keeping = answer;
    keeper = who;
    var _ =
        mind.schedule(
            () ->
                step(() -> {
                  if (answer.equals(keeping)) {
                    kept(false, peerNotice(RecordNotice.NO_ANSWER));
                  }
                }),
            KEEP_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private void kept(boolean ok, Notice notice) {
    Consumer<Taken> answer = keeping;
    keeping = null;
    if (answer != null) {
      reply(answer, ok, notice);
    }
  }

  private void ended(PairWire.Connection c) {
    if (c == connection) {
      connection = null;
      rules.disconnected();
      kept(false, peerNotice(RecordNotice.NO_ANSWER));
    }
  }

  private final class Wire implements PairWire.Events {
    @Override
    public void opened(PairWire.Connection c) {
      mind.execute(() ->
          step(() -> {
            PairWire.Connection before = connection;
            if (before != null) {
              before.hangUp();
              ended(before);
            }
            connection = c;
            rules.connected();
          }));
    }

    @Override
    public void received(PairWire.Connection c, PairMessage message) {
      mind.execute(() ->
          step(() -> {
            if (c == connection) {
              rules.received(message);
            }
          }));
    }

    @Override
    public void ended(PairWire.Connection c) {
      mind.execute(() -> step(() -> PairRecord.this.ended(c)));
    }

    @Override
    public void stranger(String address) {
      notices.accept(Notice.of(RecordNotice.STRANGER, names.mirror, address));
    }
  }

  private final class Rules implements PairRules.Out {
    @Override
    public void send(PairMessage message) {
      PairWire.Connection c = connection;
      if (c != null) {
        c.send(message);
      }
    }

    @Override
    public void hangUp() {
      PairRecord.this.hangUp();
    }

    @Override
    public void answer(long proposalId, Outcome outcome, SetRecord now) {
      loop.post(() -> PairRecord.this.ended(proposalId, outcome, now));
    }

    @Override
    public void decided(SetRecord now) {
      loop.post(() -> {
        if (!closed && note(now)) {
          events.recordSeen(now);
        }
      });
    }

    @Override
    public void tell(PairRules.PairSay say) {
      switch (say) {
        case TOGETHER -> notices.accept(peerNotice(RecordNotice.TOGETHER));
        case ALONE -> notices.accept(alone(book.alone()));
        case APART ->
            notices.accept(Notice.of(RecordNotice.APART, names.mirror, names.server, here()));
        case LOST ->
            notices.accept(
                Notice.of(RecordNotice.LOST, names.mirror, names.server, place.folder()));
        case GIVEN_UP_HERE -> notices.accept(peerNotice(RecordNotice.GIVEN_UP_HERE));
        case GIVEN_UP_THERE -> {
          Notice given = Notice.of(RecordNotice.GIVEN_UP_THERE, names.mirror, names.server, keeper);
          notices.accept(given);
          kept(true, given);
        }
        case STILL_ACTIVE_THERE -> kept(false, peerNotice(RecordNotice.STILL_ACTIVE_THERE));
      }
    }
  }
}

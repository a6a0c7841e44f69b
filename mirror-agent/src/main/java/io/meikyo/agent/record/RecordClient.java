// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.control.ControlNotice;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An agent's way to the keeper of its mirror disk's record. Connects by itself, again and again; a
 * proposal whose answer is late or whose connection is gone ends as "unknown". A keeper that leaves
 * a proposal unanswered is hung up on: it, or its machine, may be gone without a word.
 *
 * <p>Methods are for the loop's thread; two threads of its own do the waiting.
 */
public final class RecordClient implements RecordSource {
  private static final long ANSWER_NANOS = 2_000_000_000L;
  private static final long BACKOFF_MILLIS = 200;
  private static final int WAITING_MAX = 64;

  private final IoLoop loop;
  private final SocketAddress keeper;
  private final UUID diskId;
  private final int replica;
  private final Events events;
  private final LinkedBlockingQueue<ByteBuffer> out = new LinkedBlockingQueue<>(WAITING_MAX);
  private final Map<Long, IoLoop.Timer> open = new HashMap<>();
  private final Thread reader;
  private final Thread writer;
  private volatile @Nullable SocketChannel channel;
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile boolean closed;
  private @Nullable SetRecord newest;
  private List<Long> former = List.of();
  private boolean connected;

  /** A client that begins to connect with {@link #begin}. */
  public RecordClient(IoLoop loop, SocketAddress keeper, Identity identity, Events events) {
    this.loop = loop;
    this.keeper = keeper;
    this.diskId = identity.diskId();
    this.replica = identity.replica();
    this.events = events;
    this.reader = Thread.ofPlatform().daemon().name("record-in").unstarted(this::read);
    this.writer = Thread.ofPlatform().daemon().name("record-out").unstarted(this::write);
  }

  @Override
  public void begin() {
    reader.start();
    writer.start();
  }

  @Override
  public boolean connected() {
    return connected;
  }

  @Override
  public @Nullable SetRecord newest() {
    return newest;
  }

  @Override
  public List<Long> former() {
    return former;
  }

  @Override
  public String where() {
    return Addresses.text(keeper);
  }

  @Override
  public String mode() {
    return "KEEPER";
  }

  @Override
  public Notice view() {
    SetRecord now = newest;
    return connected && now != null
        ? Notice.of(ControlNotice.STATUS_RECORD, where(), now.version())
        : Notice.of(ControlNotice.STATUS_NO_RECORD, where());
  }

  /** Not taken: the keeper decides, and knows who has the role. */
  @Override
  public void peerIsOff(String who, boolean force, Consumer<Taken> answer) {
    refuse(answer);
  }

  /** Not taken: a keeper's decisions are one line. */
  @Override
  public void keepThis(String who, Consumer<Taken> answer) {
    refuse(answer);
  }

  private void refuse(Consumer<Taken> answer) {
    Notice notice = Notice.of(RecordNotice.KEEPER_DECIDES, where());
    loop.post(() -> answer.accept(new Taken(false, notice)));
  }

  @Override
  public void propose(long proposalId, SetRecord next) {
    open.put(proposalId, loop.at(loop.nanos() + ANSWER_NANOS, this::late));
    ByteBuffer message = RecordWire.message(RecordWire.PROPOSE, proposalId, null, next, diskId);
    if (!connected || !out.offer(message)) {
      loop.post(() -> ended(proposalId, null, null));
    }
  }

  private void late() {
    hangUp();
    lost();
  }

  private void hangUp() {
    SocketChannel c = channel;
    if (c != null) {
      try {
        c.close();
      } catch (IOException e) {
        // It is of no use in any case.
      }
    }
  }

  private void ended(long proposalId, @Nullable Outcome outcome, @Nullable SetRecord now) {
    IoLoop.Timer timer = open.remove(proposalId);
    if (timer != null) {
      timer.cancel();
      if (now != null) {
        note(now);
      }
      events.proposed(proposalId, outcome == null ? Outcome.UNKNOWN : outcome, now);
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

  private void lineage(RecordWire.Lineage line) {
    former = line.former();
    events.lineage(line.group(), line.former());
  }

  private void received(RecordWire.Received r) {
    connected = true;
    if (r.kind() == RecordWire.PROPOSED) {
      ended(r.proposalId(), r.outcome(), r.record());
    } else if (note(r.record())) {
      events.recordSeen(r.record());
    }
  }

  private void lost() {
    connected = false;
    for (long id : List.copyOf(open.keySet())) {
      ended(id, null, null);
    }
  }

  private void read() {
    while (!closed) {
      try (SocketChannel c = RecordWire.connect(keeper)) {
        RecordWire.write(c, RecordWire.greeting(diskId, replica));
        out.clear();
        channel = c;
        while (true) {
          ByteBuffer message = RecordWire.read(c, RecordWire.MESSAGE_BYTES);
          RecordWire.Lineage line = RecordWire.lineage(message);
          if (line != null) {
            loop.post(() -> lineage(line));
            continue;
          }
          RecordWire.Received received = RecordWire.parse(message, diskId);
          loop.post(() -> received(received));
        }
      } catch (IOException e) {
        channel = null;
        if (!closed) {
          loop.post(this::lost);
        }
      }
      try {
        if (end.await(BACKOFF_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void write() {
    while (!closed) {
      try {
        ByteBuffer message = out.take();
        SocketChannel c = channel;
        if (c != null) {
          RecordWire.write(c, message);
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        // The reader sees the same connection fail, and says so.
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    end.countDown();
    SocketChannel c = channel;
    if (c != null) {
      c.close();
    }
    reader.interrupt();
    writer.interrupt();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Sockets;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One client: drives its {@link Session} with what comes in, and its jobs with what the device
 * answers.
 *
 * <pre>
 *  HANDSHAKE ──agreed──▶ SERVING ──DISC, end of file, wrong bytes──▶ LEAVING ──all sent──▶ CLOSED
 *      └─────────────────────┴──────────── an error of the socket, removal ───────────────▶
 * </pre>
 *
 * <p>Nothing is received while something stands in the way: an answer to an option that is not
 * sent, a limit, memory. A closed connection is gone when the loop and the device have given back
 * all that they had of it.
 *
 * <p>A <em>line</em> is the connection of the kernel's client, which sends again over the next line
 * what was not answered on this one. So it begins with SERVING, never refuses because of its own
 * end, and leaves at once in all cases: after {@link NbdServer.Line#over} it gives the device
 * nothing more, and what comes over the next line stands behind all that came over this one. Its
 * end is seen also while nothing is received.
 */
final class Connection {
  private enum Phase {
    HANDSHAKE,
    SERVING,
    LEAVING,
    CLOSED
  }

  private static final long LAST_ANSWERS_NANOS = 5_000_000_000L;

  /** How often a line is looked at that may not receive. */
  private static final long WATCH_NANOS = 500_000_000L;

  private final NbdServer server;
  private final IoLoop loop;
  private final Limits limits;
  private final int socket;
  private final MemorySegment memory;
  private final Session session;
  private final NbdServer.@Nullable Line line;
  private final Inbox inbox;
  private final Outbox outbox;

  private Phase phase = Phase.HANDSHAKE;
  private IoLoop.Timer deadline;
  private @Nullable BlockService device;
  private @Nullable Runnable leaves;
  private @Nullable Job front;
  private boolean removed;
  private boolean working;
  private boolean again;
  private boolean hungry;
  private boolean receiving;
  private boolean sending;
  private boolean awaiting;
  private boolean posted;
  private boolean gone;

  private int calls;
  private int reads;
  private int readBytes;
  private int writes;
  private int writeBytes;

  /**
   * Begins to serve a client.
   *
   * @param memory for what comes in and what goes out, until it is gone
   */
  Connection(NbdServer server, int socket, MemorySegment memory) {
    this.server = server;
    this.loop = server.loop();
    this.limits = server.limits();
    this.socket = socket;
    this.memory = memory;
    this.session = new Session(server.exports());
    this.line = null;
    this.inbox = new Inbox(memory.asSlice(0, Inbox.BYTES));
    this.outbox = new Outbox(memory.asSlice(Inbox.BYTES, Outbox.BYTES));
    this.deadline = loop.at(loop.nanos() + limits.handshakeNanos(), this::tooSlow);
    session.greet(outbox.options());
  }

  /** Begins to serve a line. */
  Connection(
      NbdServer server, int socket, MemorySegment memory, ExportInfo export, NbdServer.Line line) {
    this.server = server;
    this.loop = server.loop();
    this.limits = server.limits();
    this.socket = socket;
    this.memory = memory;
    this.session = new Session(export);
    this.line = line;
    this.inbox = new Inbox(memory.asSlice(0, Inbox.BYTES));
    this.outbox = new Outbox(memory.asSlice(Inbox.BYTES, Outbox.BYTES));
    this.deadline = loop.at(loop.nanos() + WATCH_NANOS, this::watch);
    this.phase = Phase.SERVING;
    this.device = server.attach(export.name(), this);
  }

  // ---- what others tell it

  /** From now on it uses an export; {@code ends} is run when it does not any more. */
  void uses(Runnable ends) {
    leaves = ends;
  }

  /** Looks at everything that could go on, and begins it. */
  void work() {
    if (working) {
      again = true;
      return;
    }
    working = true;
    do {
      again = false;
      take();
    } while (again);
    working = false;
    send();
    receive();
    closeIfDone();
    goneIfDone();
  }

  /** The export is removed or the server ends: nothing new is begun. */
  void leave() {
    removed = true;
    if (phase == Phase.HANDSHAKE || line != null) {
      close();
    } else {
      hurry();
    }
    work();
  }

  /** Closes a line whose other end has hung up, whatever is left to be received. */
  private void watch() {
    if (Sockets.hungUp(socket)) {
      close();
      goneIfDone();
    } else {
      deadline = loop.at(loop.nanos() + WATCH_NANOS, this::watch);
    }
  }

  /** A client that does not take its last answers is not waited for; the device is. */
  private void hurry() {
    deadline.cancel();
    deadline =
        loop.at(
            loop.nanos() + LAST_ANSWERS_NANOS,
            () -> {
              if (calls == 0) {
                close();
                goneIfDone();
              } else {
                hurry();
              }
            });
  }

  private void tooSlow() {
    if (phase == Phase.HANDSHAKE) {
      server.say(Notice.of(NbdNotice.TOO_SLOW, limits.handshakeNanos() / 1_000_000_000));
      close();
      goneIfDone();
    }
  }

  // ---- what comes in

  private void take() {
    hungry = false;
    while (phase == Phase.HANDSHAKE || phase == Phase.SERVING) {
      if (front != null) {
        if (!front.advance()) {
          return;
        }
        front = null;
        continue;
      }
      if (phase == Phase.HANDSHAKE && (sending || outbox.holdsOptions())) {
        return;
      }
      switch (session.step(inbox.bytes(), outbox.options())) {
        case MORE -> {
          hungry = true;
          return;
        }
        case ANSWERED -> {}
        case AGREED -> serve();
        case REQUEST -> front = job(session.request(), session.errno());
        case CLOSE -> {
          complain(session.complaint());
          depart();
        }
      }
    }
  }

  private void serve() {
    deadline.cancel();
    phase = Phase.SERVING;
    device = server.attach(session.export().name(), this);
  }

  private Job job(Request request, int errno) {
    if (request.command() == Wire.CMD_WRITE) {
      return new WriteJob(this, request, errno);
    }
    if (errno != 0 || request.command() == Wire.CMD_BLOCK_STATUS) {
      return new ShortJob(this, request, errno);
    }
    return request.command() == Wire.CMD_READ
        ? new ReadJob(this, request)
        : new RangeJob(this, request);
  }

  private void complain(@Nullable Notice notice) {
    if (notice != null) {
      server.say(notice);
    }
  }

  private void receive() {
    boolean wanted = phase == Phase.HANDSHAKE || phase == Phase.SERVING;
    if (!wanted || !hungry || receiving) {
      return;
    }
    receiving = true;
    if (front instanceof WriteJob write) {
      MemorySegment straight = write.straight();
      if (straight != null) {
        loop.receive(socket, straight, result -> received(result, write));
        return;
      }
    }
    loop.receive(socket, inbox.free(), result -> received(result, null));
  }

  private void received(int result, @Nullable WriteJob straight) {
    receiving = false;
    if (phase == Phase.CLOSED) {
      goneIfDone();
      return;
    }
    if (result < 0) {
      close();
      goneIfDone();
      return;
    }
    if (result == 0 && phase == Phase.HANDSHAKE) {
      close();
    } else if (result == 0) {
      depart();
    } else if (straight != null) {
      straight.received(result);
    } else {
      inbox.received(result);
    }
    work();
  }

  // ---- what goes out

  private void send() {
    if (sending || phase == Phase.CLOSED || !outbox.fill()) {
      return;
    }
    sending = true;
    loop.send(socket, outbox.parts(), outbox.count(), this::sent);
  }

  private void sent(int result) {
    sending = false;
    outbox.sent();
    if (result < 0) {
      close();
    }
    work();
  }

  /** A piece of an answer; it leaves with the next send. */
  void reply(Reply reply) {
    outbox.add(reply);
    if (phase == Phase.CLOSED) {
      outbox.discard();
    }
  }

  /** A simple reply has begun and cannot be finished. */
  void cutOff(int errno) {
    server.say(Notice.of(NbdNotice.READ_CUT_OFF, session.export().name(), errno));
    close();
  }

  // ---- the end

  /** The client is at its end: it gets its answers, unless nobody waits for them. */
  private void depart() {
    if (line != null) {
      close();
    } else {
      phase = Phase.LEAVING;
      hurry();
    }
  }

  /** Closes when everything that was begun is answered and nobody waits for more. */
  private void closeIfDone() {
    boolean leaving = phase == Phase.LEAVING || (removed && phase == Phase.SERVING);
    if (leaving && calls == 0 && !sending && outbox.isEmpty()) {
      close();
    }
  }

  private void close() {
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSED;
    deadline.cancel();
    outbox.discard();
    loop.close(socket);
    if (line != null) {
      line.over(session.bye());
    }
  }

  private void goneIfDone() {
    if (gone || working || phase != Phase.CLOSED || receiving || sending || calls > 0) {
      return;
    }
    gone = true;
    if (front instanceof WriteJob write) {
      write.forget();
    }
    if (leaves != null) {
      leaves.run();
    }
    server.gone(this, memory);
    if (line != null) {
      line.gone();
    }
  }

  // ---- for its jobs

  Session session() {
    return session;
  }

  Inbox inbox() {
    return inbox;
  }

  BlockService device() {
    if (device == null) {
      throw new Invariant.Broken("requests follow the handshake");
    }
    return device;
  }

  boolean structured() {
    return session.structured();
  }

  boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  /** True if nothing new is given to the device. */
  boolean refusing() {
    return removed || phase == Phase.CLOSED;
  }

  /** Nothing but more bytes is missing. */
  void hungry() {
    hungry = true;
  }

  /** A part is given to the device. */
  void calling() {
    calls++;
  }

  /**
   * The device has answered a part. What all answers of a round of the loop lead to is done once,
   * before the loop gives the kernel anything: their replies leave together.
   */
  void serviced() {
    calls--;
    if (!posted) {
      posted = true;
      loop.post(() -> {
        posted = false;
        work();
      });
    }
  }

  /** Goes on when the device has memory again. */
  void awaitMemory() {
    if (!awaiting) {
      awaiting = true;
      device()
          .whenMemory(() -> {
            awaiting = false;
            work();
          });
    }
  }

  int readPartBytes() {
    return Math.min(device().requestBytesMax(), Integer.highestOneBit(limits.readBytesMax()));
  }

  int writePartBytes() {
    return Math.min(device().requestBytesMax(), Integer.highestOneBit(limits.writeBytesMax()));
  }

  boolean admitRead() {
    if (reads >= limits.readsMax()) {
      return false;
    }
    reads++;
    return true;
  }

  void readEnded() {
    reads--;
  }

  /** Bytes of reads under way, or not sent yet. */
  int readBytes() {
    return readBytes;
  }

  boolean admitReadBytes(int bytes) {
    if (readBytes + bytes > limits.readBytesMax()) {
      return false;
    }
    readBytes += bytes;
    return true;
  }

  void readBytesFree(int bytes) {
    readBytes -= bytes;
  }

  boolean admitWrite() {
    if (writes >= limits.writesMax()) {
      return false;
    }
    writes++;
    return true;
  }

  void writeEnded() {
    writes--;
  }

  boolean hasWriteBytes(int bytes) {
    return writeBytes + bytes <= limits.writeBytesMax();
  }

  void writeBytesTaken(int bytes) {
    writeBytes += bytes;
  }

  void writeBytesFree(int bytes) {
    writeBytes -= bytes;
  }
}

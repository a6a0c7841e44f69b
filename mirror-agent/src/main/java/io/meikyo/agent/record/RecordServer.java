// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.config.Addresses;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves the deciding records of mirror disks to the agents of this server, for somebody else who
 * decides: the cluster service. A disk of which the decider knows nothing yet is answered by
 * hanging up; the agent calls again.
 *
 * <p>{@link #run} blocks its thread; each connection has two threads of its own; {@link #changed}
 * may be called on any thread.
 */
public final class RecordServer implements AutoCloseable {
  /** Messages that wait for a slow agent; with more it is cut off, and asks anew. */
  private static final int WAITING_MAX = 256;

  private final Decider decider;
  private final Consumer<String> log;
  private final ServerSocketChannel server;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Client> clients = new ArrayList<>();
  private final Map<UUID, SetRecord> told = new HashMap<>();
  private final Map<UUID, List<Long>> toldLines = new HashMap<>();

  /** Who decides. Called on any thread; may not wait. */
  public interface Decider {
    /** The record now; null if it is not known here yet. */
    @Nullable SetRecord current(UUID disk);

    /**
     * Groups that the one of the records goes on from, newest first: an agent that knows one of
     * them takes the record.
     */
    default List<Long> former() {
      return List.of();
    }

    /**
     * Decides, or not.
     *
     * @param answer called once, on any thread; the record is what is known then, null if nothing
     */
    void propose(UUID disk, SetRecord next, Answer answer);
  }

  /** What became of a proposal. */
  public interface Answer {
    /** Null as the outcome: nobody can say. */
    void ended(@Nullable Outcome outcome);
  }

  private static final class Client {
    final SocketChannel channel;
    final LinkedBlockingQueue<ByteBuffer> out = new LinkedBlockingQueue<>(WAITING_MAX);
    @Nullable UUID disk;

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void send(ByteBuffer message) {
      if (!out.offer(message)) {
        hangUp();
      }
    }

    void hangUp() {
      try {
        channel.close();
      } catch (IOException e) {
        // It is of no use in any case.
      }
    }
  }

  /** Opens the socket; a Unix socket that a dead process left is replaced. */
  public RecordServer(SocketAddress address, Decider decider, Consumer<String> log)
      throws IOException {
    this.decider = decider;
    this.log = log;
    if (address instanceof UnixDomainSocketAddress unix) {
      Addresses.makeFree(unix.getPath());
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } else {
      server = ServerSocketChannel.open();
    }
    try {
      server.bind(address);
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /** Serves until {@link #close}. */
  public void run() throws IOException {
    try {
      while (true) {
        Client client = new Client(server.accept());
        Thread.ofVirtual().name("record-client").start(() -> serve(client));
      }
    } catch (AsynchronousCloseException e) {
      // Closed by us.
    } catch (ClosedChannelException e) {
      // Closed by us before we listened.
    }
  }

  /** The record has changed: every agent that asks about this disk is told. */
  public void changed(UUID disk, SetRecord now) {
    lock.lock();
    try {
      List<Long> former = decider.former();
      List<Long> toldFormer = toldLines.put(disk, former);
      SetRecord before = told.put(disk, now);
      if (now.equals(before) && former.equals(toldFormer)) {
        return;
      }
      for (Client client : clients) {
        if (disk.equals(client.disk)) {
          if (!former.isEmpty()) {
            client.send(RecordWire.lineage(now.groupId(), former));
          }
          client.send(RecordWire.message(RecordWire.RECORD, 0, null, now, disk));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void serve(Client client) {
    Thread writer = Thread.ofVirtual().name("record-out").unstarted(() -> write(client));
    try {
      UUID disk = RecordWire.diskOf(RecordWire.read(client.channel, RecordWire.GREETING_BYTES));
      SetRecord now = disk == null ? null : decider.current(disk);
      if (disk == null || now == null) {
        return;
      }
      client.disk = disk;
      writer.start();
      lock.lock();
      try {
        clients.add(client);
        SetRecord newest = told.getOrDefault(disk, now);
        List<Long> former = decider.former();
        if (!former.isEmpty()) {
          client.send(RecordWire.lineage(newest.groupId(), former));
        }
        client.send(RecordWire.message(RecordWire.RECORD, 0, null, newest, disk));
      } finally {
        lock.unlock();
      }
      while (true) {
        ByteBuffer message = RecordWire.read(client.channel, RecordWire.MESSAGE_BYTES);
        RecordWire.Received received = RecordWire.parse(message, disk);
        if (received.kind() == RecordWire.PROPOSE) {
          decider.propose(
              disk, received.record(), outcome -> answer(client, disk, received, outcome));
        }
      }
    } catch (EOFException | ClosedChannelException e) {
      // The agent hung up, or we did.
    } catch (IOException e) {
      log.accept("a connection of an agent ended: " + e.getMessage());
    } finally {
      writer.interrupt();
      lock.lock();
      try {
        clients.remove(client);
      } finally {
        lock.unlock();
      }
      client.hangUp();
    }
  }

  /** Without an outcome nothing is said: the agent asks again by itself, under the same id. */
  private void answer(Client client, UUID disk, RecordWire.Received p, @Nullable Outcome outcome) {
    SetRecord now = decider.current(disk);
    if (outcome != null && now != null) {
      client.send(RecordWire.message(RecordWire.PROPOSED, p.proposalId(), outcome, now, disk));
    }
  }

  private static void write(Client client) {
    try {
      while (true) {
        RecordWire.write(client.channel, client.out.take());
      }
    } catch (InterruptedException | IOException e) {
      client.hangUp();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    lock.lock();
    try {
      clients.forEach(Client::hangUp);
    } finally {
      lock.unlock();
    }
  }
}

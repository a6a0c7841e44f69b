// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.config.Addresses;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the deciding records of mirror disks in a folder and serves them to agents. A process that
 * cannot say whether a change reached the disk ends ({@link #run} throws) rather than answer.
 *
 * <p>{@link #run} blocks its thread; each connection has two threads of its own; the journals are
 * under one lock.
 */
public final class RecordKeeper implements AutoCloseable {
  /** Messages that wait for a slow agent; with more it is cut off, and asks anew. */
  private static final int WAITING_MAX = 256;

  private final Path folder;
  private final LongSupplier entropy;
  private final Consumer<String> log;
  private final ServerSocketChannel server;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, RecordJournal> journals = new HashMap<>();
  private final List<Client> clients = new ArrayList<>();
  private final Map<UUID, PairWords> words = new HashMap<>();
  private volatile @Nullable IOException broken;

  private static final class Client {
    final SocketChannel channel;
    final LinkedBlockingQueue<ByteBuffer> out = new LinkedBlockingQueue<>(WAITING_MAX);
    @Nullable UUID disk;
    int replica = -1;

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void send(ByteBuffer message) {
      if (!out.offer(message)) {
        closeQuietly(channel);
      }
    }
  }

  /**
   * Opens the socket.
   *
   * @param folder where the journals are; must be there
   * @param entropy random numbers, for the lineage of a new record
   * @param log takes sentences for the operator
   */
  public RecordKeeper(
      Path folder, SocketAddress address, LongSupplier entropy, Consumer<String> log)
      throws IOException {
    this.folder = folder;
    this.entropy = entropy;
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

  /** Where it listens. */
  public SocketAddress address() throws IOException {
    return server.getLocalAddress();
  }

  /** Serves until {@link #close}; throws if a journal cannot be written or read. */
  public void run() throws IOException {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        if (channel.getLocalAddress() instanceof InetSocketAddress) {
          RecordWire.keepWatch(channel);
        }
        Client client = new Client(channel);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (AsynchronousCloseException e) {
      IOException why = broken;
      if (why != null) {
        throw why;
      }
    } catch (ClosedChannelException e) {
      IOException why = broken;
      if (why != null) {
        throw why;
      }
    }
  }

  private void serve(Client client) {
    Thread writer = Thread.ofVirtual().unstarted(() -> write(client));
    try {
      ByteBuffer greeting = RecordWire.read(client.channel, RecordWire.GREETING_BYTES);
      UUID disk = RecordWire.diskOf(greeting);
      if (disk == null) {
        log.accept("a stranger called and was refused: " + client.channel.getRemoteAddress());
        return;
      }
      client.disk = disk;
      client.replica = RecordWire.replicaOf(greeting);
      writer.start();
      greet(client, disk);
      while (true) {
        ByteBuffer message = RecordWire.read(client.channel, RecordWire.MESSAGE_BYTES);
        RecordWire.Received received = RecordWire.parse(message, disk);
        if (received.kind() == RecordWire.PROPOSE) {
          propose(client, disk, received);
        }
      }
    } catch (EOFException e) {
      // The agent hung up.
    } catch (ClosedChannelException e) {
      // We did.
    } catch (IOException e) {
      log.accept("a connection ended: " + e.getMessage());
    } finally {
      writer.interrupt();
      forget(client);
    }
  }

  private void forget(Client client) {
    lock.lock();
    try {
      clients.remove(client);
    } finally {
      lock.unlock();
    }
    closeQuietly(client.channel);
  }

  private static void write(Client client) {
    try {
      while (true) {
        RecordWire.write(client.channel, client.out.take());
      }
    } catch (InterruptedException | IOException e) {
      closeQuietly(client.channel);
    }
  }

  private void greet(Client client, UUID disk) throws IOException {
    lock.lock();
    try {
      clients.add(client);
      SetRecord now = journal(disk).record();
      client.send(RecordWire.message(RecordWire.RECORD, 0, null, now, disk));
    } finally {
      lock.unlock();
    }
  }

  private void propose(Client from, UUID disk, RecordWire.Received p) throws IOException {
    lock.lock();
    try {
      RecordJournal journal = journal(disk);
      SetRecord before = journal.record();
      Outcome outcome;
      try {
        outcome =
            words(disk).enough(before, p.record(), from.replica)
                ? journal.propose(p.record())
                : Outcome.UNKNOWN;
      } catch (IOException e) {
        end(e);
        throw e;
      }
      SetRecord now = journal.record();
      from.send(RecordWire.message(RecordWire.PROPOSED, p.proposalId(), outcome, now, disk));
      if (!now.equals(before)) {
        log.accept(
            "record of "
                + disk
                + ": version "
                + now.version()
                + ", epoch "
                + now.epoch()
                + ", active "
                + now.active()
                + ", in sync "
                + Integer.toBinaryString(now.inSyncMask()));
        for (Client client : clients) {
          if (client != from && disk.equals(client.disk)) {
            client.send(RecordWire.message(RecordWire.RECORD, 0, null, now, disk));
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private PairWords words(UUID disk) {
    return words.computeIfAbsent(disk, d -> new PairWords());
  }

  private RecordJournal journal(UUID disk) throws IOException {
    RecordJournal journal = journals.get(disk);
    if (journal == null) {
      try {
        journal = RecordJournal.open(folder.resolve(disk + ".record"), disk, entropy.getAsLong());
      } catch (IOException e) {
        end(e);
        throw e;
      }
      journals.put(disk, journal);
    }
    return journal;
  }

  /** Nobody can say what is on the disk: end. */
  private void end(IOException why) {
    broken = why;
    closeQuietly(server);
  }

  private static void closeQuietly(java.nio.channels.Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    lock.lock();
    try {
      for (Client client : List.copyOf(clients)) {
        client.channel.close();
      }
      for (RecordJournal journal : journals.values()) {
        journal.close();
      }
      journals.clear();
    } finally {
      lock.unlock();
    }
  }
}

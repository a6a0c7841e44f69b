// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Wait;
import io.meikyo.lab.app.InNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows as fast as one client can, and keeps the account: row {@code n} is acknowledged when
 * the client was told that it is committed. The row that was under way when the connection went may
 * be there or not; every other one must be.
 */
final class LedgerClient {
  private static final int CONNECT_MILLIS = 100;
  private static final long AGAIN_MILLIS = 10;

  private final List<String> enter;
  private final int client;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private volatile long lastAck;
  private volatile boolean running;
  private volatile @Nullable PsqlSession session;
  private volatile @Nullable String error;
  private @Nullable Thread thread;

  LedgerClient(List<String> enter, int client) {
    this.enter = enter;
    this.client = client;
  }

  /** The table that all clients write to. */
  static String table() {
    return "CREATE TABLE ledger (client int, n bigint, content text,"
        + " PRIMARY KEY (client, n)); SELECT 'made';";
  }

  /** What row n of a client holds: 500 characters that nothing else explains. */
  private static String content(int client, long n) {
    String seed = Long.toHexString((n * 0x9e3779b97f4a7c15L) ^ ((long) client << 56));
    return (seed + "-").repeat(500 / (seed.length() + 1));
  }

  /** Begins to write to the database on a host. */
  void begin(String host) {
    running = true;
    longestNanos.set(0);
    lastAck = 0;
    error = null;
    thread = Thread.ofPlatform().daemon().name("client-" + client).start(() -> write(host));
  }

  /**
   * Begins to write, and connects again whenever the connection is lost: the address goes from
   * server to server.
   *
   * @param network namespace from which the address is reached
   */
  void beginFloating(String host, Path network) {
    running = true;
    error = null;
    lastAck = System.nanoTime();
    thread =
        InNetwork.start(
            "client-" + client, network, () -> writeFloating(host), e -> error = e.toString());
  }

  private void writeFloating(String host) throws InterruptedException {
    while (running) {
      if (isOpen(host)) {
        connections.incrementAndGet();
        write(host);
        String said = error;
        if (said != null && said.startsWith("ERROR")) {
          // The database itself refused the row: no failover explains that.
          return;
        }
      } else {
        Wait.pass(AGAIN_MILLIS);
      }
    }
    error = null;
  }

  /** Looked at first: psql waits for seconds for a server that is not there. */
  private static boolean isOpen(String host) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, Postgres.PORT), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** How often it had to connect. */
  long connections() {
    return connections.get();
  }

  /** Begins to look for the longest gap. */
  void mark() {
    longestNanos.set(0);
  }

  /** When the last row was acknowledged. */
  long lastAck() {
    return lastAck;
  }

  private void write(String host) {
    try (PsqlSession s = new PsqlSession(enter, host)) {
      session = s;
      while (running) {
        long n = acknowledged.get() + 1;
        long began = System.nanoTime();
        String answer =
            s.ask(
                "INSERT INTO ledger VALUES ("
                    + client
                    + ","
                    + n
                    + ",'"
                    + content(client, n)
                    + "') ON CONFLICT (client, n) DO UPDATE SET content = EXCLUDED.content"
                    + " RETURNING n;");
        if (!Long.toString(n).equals(answer)) {
          error = answer == null ? "the connection ended" : answer;
          return;
        }
        acknowledged.set(n);
        long now = System.nanoTime();
        longestNanos.accumulateAndGet(now - (lastAck == 0 ? began : lastAck), Math::max);
        lastAck = now;
      }
    } catch (IOException e) {
      error = String.valueOf(e.getMessage());
    } finally {
      session = null;
    }
  }

  /** Stops after the row that is under way. */
  void end() throws InterruptedException {
    running = false;
    join();
  }

  /** Gives up the row that is under way: its server is gone. */
  void abandon() throws InterruptedException {
    running = false;
    PsqlSession s = session;
    if (s != null) {
      s.abandon();
    }
    join();
  }

  private void join() throws InterruptedException {
    Thread t = thread;
    if (t != null) {
      t.join();
    }
  }

  long acknowledged() {
    return acknowledged.get();
  }

  /** The longest wait for one row since it began, ns. */
  long longestNanos() {
    return longestNanos.get();
  }

  /** What the database said instead of an acknowledgement; null if nothing was wrong. */
  @Nullable String error() {
    return error;
  }

  /**
   * Looks for every acknowledged row.
   *
   * @return how many were found
   */
  long check(String host) throws DemoFailed, IOException {
    long last = acknowledged.get();
    long there = rows(host);
    if (there > last + 1) {
      throw new DemoFailed("client " + client + ": row " + there + " was never asked for");
    }
    if (there < last) {
      throw new DemoFailed(
          "client "
              + client
              + ": "
              + (last - there)
              + " of "
              + last
              + " acknowledged rows are lost");
    }
    return last;
  }

  /**
   * Looks for the rows of a restored database, and goes on behind them.
   *
   * @param least so many rows must be there
   * @param most there may not be more
   * @return how many there are
   */
  long restored(String host, long least, long most) throws DemoFailed, IOException {
    long there = rows(host);
    if (there < least || there > most) {
      throw new DemoFailed(
          "client "
              + client
              + ": the backup has "
              + there
              + " rows, and must have from "
              + least
              + " to "
              + most);
    }
    acknowledged.set(there);
    return there;
  }

  /** The last row; every one up to it must be there, with its content. */
  private long rows(String host) throws DemoFailed, IOException {
    long last = 0;
    try (PsqlSession s = new PsqlSession(enter, host)) {
      for (String line :
          s.query("SELECT n, content FROM ledger WHERE client = " + client + " ORDER BY n;")) {
        int bar = line.indexOf('|');
        long n = bar < 0 ? -1 : Long.parseLong(line.substring(0, bar));
        if (n < 1 || !line.substring(bar + 1).equals(content(client, n))) {
          throw new DemoFailed("client " + client + ": a row is not as it was written: " + line);
        }
        if (n != last + 1) {
          throw new DemoFailed("client " + client + ": after row " + last + " comes row " + n);
        }
        last = n;
      }
    }
    return last;
  }
}

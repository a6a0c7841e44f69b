// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client outside of the servers that knows the floating IP only. It puts one row after the other,
 * each until it is acknowledged, over as many connections as that takes, and keeps the account. One
 * thread of its own; its methods from any thread.
 */
public final class FloatingClient {
  private static final int SILENCE_MILLIS = 500;
  private static final long AGAIN_MILLIS = 5;

  private final String name;
  private final String host;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private volatile long acknowledged;
  private volatile long lastAck;
  private volatile String lastLife = "";
  private volatile @Nullable Exception failure;
  private long longest;
  private long longestFrom;

  /**
   * Begins at once.
   *
   * @param name of the client; its rows are its own
   * @param network namespace in which it is
   * @param host the floating IP
   */
  public FloatingClient(String name, Path network, String host) {
    this.name = name;
    this.host = host;
    this.lastAck = System.nanoTime();
    this.thread = InNetwork.start(name, network, this::write, e -> failure = e);
  }

  private static String text(String client, long number) {
    String seed = client + Long.toHexString(number * 0x9e3779b97f4a7c15L);
    return (seed + "-").repeat(200 / (seed.length() + 1));
  }

  private void write() throws InterruptedException, IOException {
    while (end.getCount() > 0) {
      try (LedgerLine line = new LedgerLine(host, SILENCE_MILLIS)) {
        while (end.getCount() > 0) {
          put(line);
        }
      } catch (java.net.SocketException | java.net.SocketTimeoutException e) {
        // It is being moved or lost: once more.
        boolean _ = end.await(AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      } catch (IOException e) {
        boolean _ = end.await(AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  private void put(LedgerLine line) throws IOException {
    long number = acknowledged + 1;
    String answer = line.ask("put " + name + " " + number + " " + text(name, number));
    String[] words = answer.split(" ", 3);
    if (words.length != 3 || !words[0].equals("ok") || !words[1].equals(Long.toString(number))) {
      failure = new IOException("row " + number + ": " + answer);
      end.countDown();
      return;
    }
    took(number, words[2]);
  }

  private synchronized void took(long number, String life) {
    long now = System.nanoTime();
    if (now - lastAck > longest) {
      longest = now - lastAck;
      longestFrom = lastAck;
    }
    lastAck = now;
    lastLife = life;
    acknowledged = number;
  }

  /** Rows that were acknowledged. */
  public long acknowledged() {
    return acknowledged;
  }

  /** Begins to look for the longest gap. */
  public synchronized void mark() {
    longest = 0;
    longestFrom = 0;
  }

  /** The longest time without an acknowledgement since the mark that has ended, ns. */
  public synchronized long longestNanos() {
    return longest;
  }

  /** When that gap began. */
  public synchronized long longestFrom() {
    return longestFrom;
  }

  /** The life of the service that acknowledged last: name of the server, a dash, a number. */
  public String lastLife() {
    return lastLife;
  }

  /** Waits for an acknowledgement that came after now. */
  public void awaitNext(long seconds, Path log) throws LabProblem, InterruptedException {
    long from = System.nanoTime();
    Wait.until(
        () -> lastAck - from > 0 || failure != null,
        seconds,
        "the service answers on " + host,
        log);
  }

  /** Waits for an acknowledgement of another server than this. */
  public void awaitElsewhere(String server, long seconds, Path log)
      throws LabProblem, InterruptedException {
    Wait.until(
        () -> !lastLife.startsWith(server + "-") || failure != null,
        seconds,
        "another server than " + server + " answers on " + host,
        log);
  }

  /** Stops writing. */
  public void finish() throws InterruptedException {
    end.countDown();
    thread.join();
  }

  /**
   * Looks for every acknowledged row, after {@link #finish}.
   *
   * @return what is wrong; null if nothing is
   */
  public @Nullable String check(Path network) throws InterruptedException {
    if (failure != null) {
      return name + ": " + failure;
    }
    String[] wrong = {"it was not looked"};
    Thread looker =
        InNetwork.start(
            "check-" + name, network, () -> wrong[0] = look(), e -> wrong[0] = name + ": " + e);
    looker.join();
    return wrong[0].isEmpty() ? null : wrong[0];
  }

  private String look() throws IOException {
    try (LedgerLine line = new LedgerLine(host, 30_000)) {
      List<String> rows = line.rows(name);
      long last = acknowledged;
      if (rows.size() < last) {
        return name + ": " + (last - rows.size()) + " of " + last + " acknowledged rows are lost";
      }
      for (int i = 0; i < rows.size(); i++) {
        String row = rows.get(i);
        boolean whole =
            LedgerMain.isWhole(row, i + 1) && row.split(" ", 4)[3].equals(text(name, i + 1));
        if (!whole) {
          return name + ": row " + (i + 1) + " is not as it was written: " + row;
        }
      }
      return rows.size() > last + 1 ? name + ": rows that nobody asked for" : "";
    }
  }
}

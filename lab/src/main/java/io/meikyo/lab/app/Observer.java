// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import io.meikyo.linux.PacketSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches from outside of the cluster that never two servers serve. It believes nobody's status:
 *
 * <ul>
 *   <li>it asks the LAN again and again who has the floating IP; two answers to one question are
 *       two actives;
 *   <li>inside of each server's network, also when that is cut off from all others, it has rows put
 *       by whatever service is there, which stamps them with its life; if two lives acknowledge
 *       rows at overlapping times, they are two actives.
 * </ul>
 *
 * <p>All times are of one clock. Threads of its own; methods from any thread.
 */
public final class Observer {
  private static final long ROUND_MILLIS = 50;
  private static final int SILENCE_MILLIS = 5000;
  private static final int ARP_REPLY = 2;

  /** One life of the service: what it acknowledged. */
  private static final class Life {
    private final String where;
    private long firstAcked = Long.MAX_VALUE;
    private long lastSent = Long.MIN_VALUE;
    private long rows;

    Life(String where) {
      this.where = where;
    }
  }

  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, Life> lives = new LinkedHashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final Set<String> owners = new TreeSet<>();
  private long questions;
  private long answers;

  /**
   * Begins at once.
   *
   * @param name begins the names of its books
   * @param lan namespace of the LAN
   * @param link its interface
   * @param asker our own address there
   * @param floating the floating IP
   * @param servers per server its namespace
   */
  public Observer(
      String name,
      Path lan,
      String link,
      String asker,
      String floating,
      Map<String, Path> servers) {
    threads.add(InNetwork.start("arp", lan, () -> addresses(link, asker, floating), this::failed));
    servers.forEach((server, network) ->
        threads.add(
            InNetwork.start(
                "stamps-" + server, network, () -> stamps(server, name), this::failed)));
  }

  private synchronized void failed(Exception e) {
    wrong.add("the observer itself failed: " + e);
  }

  private boolean goesOn() throws InterruptedException {
    return !end.await(ROUND_MILLIS, TimeUnit.MILLISECONDS);
  }

  // ---- who has the address

  private void addresses(String link, String asker, String floating)
      throws LinuxException, IOException, InterruptedException {
    Network.Link sw =
        Network.links().stream()
            .filter(l -> l.name().equals(link))
            .findFirst()
            .orElseThrow(() -> new IOException("no interface " + link));
    byte[] address = InetAddress.getByName(floating).getAddress();
    byte[] from = InetAddress.getByName(asker).getAddress();
    byte[] own = HexFormat.ofDelimiter(":").parseHex(sw.hardware());
    try (PacketSocket socket = PacketSocket.open(sw.index(), PacketSocket.ARP)) {
      do {
        int _ = socket.send(question(own, from, address), everybody());
        Set<String> said = new TreeSet<>();
        long until = System.nanoTime() + ROUND_MILLIS * 1_000_000;
        while (System.nanoTime() < until) {
          PacketSocket.Packet p = socket.receive(Math.max(1, until - System.nanoTime()));
          String who = p == null ? "" : answer(p.bytes(), address);
          if (!who.isEmpty()) {
            said.add(who);
          }
        }
        heard(said, floating);
      } while (end.getCount() > 0);
    }
  }

  private static byte[] everybody() {
    byte[] all = new byte[6];
    Arrays.fill(all, (byte) -1);
    return all;
  }

  /**
   * Who has it? Asked with an address of our own: a question without one is a probe, which a server
   * that is about to take the address would rightly take for a claim (RFC 5227).
   */
  private static byte[] question(byte[] own, byte[] from, byte[] address) {
    ByteBuffer b = ByteBuffer.allocate(28);
    b.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4).putShort((short) 1);
    b.put(own).put(from).put(new byte[6]).put(address);
    return b.array();
  }

  /** The hardware address that answers for it; empty if this is no such answer. */
  private static String answer(byte[] p, byte[] address) {
    boolean reply =
        p.length >= 28
            && p[7] == ARP_REPLY
            && Arrays.equals(p, 14, 18, address, 0, 4)
            // An announcement is no answer.
            && !Arrays.equals(p, 24, 28, address, 0, 4);
    return reply ? HexFormat.ofDelimiter(":").formatHex(p, 8, 14) : "";
  }

  private synchronized void heard(Set<String> said, String floating) {
    questions++;
    answers += said.isEmpty() ? 0 : 1;
    owners.addAll(said);
    if (said.size() > 1) {
      wrong.add(floating + " was answered for by " + said + " at once");
    }
  }

  // ---- what is acknowledged where

  private void stamps(String server, String name) throws InterruptedException {
    long number = 1;
    do {
      try (LedgerLine line = new LedgerLine("127.0.0.1", SILENCE_MILLIS)) {
        do {
          long sent = System.nanoTime();
          String answer = line.ask("put " + name + "-" + server + " " + number + " stamp");
          if (answer.startsWith("ok ")) {
            stamped(server, answer.split(" ", 3)[2], sent, System.nanoTime());
            number++;
          } else if (answer.startsWith("wrong: the last row is ")) {
            number = Long.parseLong(answer.substring("wrong: the last row is ".length())) + 1;
          }
        } while (goesOn());
      } catch (IOException e) {
        // No service is here, or it has just ended.
      }
    } while (goesOn());
  }

  private synchronized void stamped(String server, String life, long sent, long acked) {
    Life l = lives.computeIfAbsent(life, _ -> new Life(server));
    l.firstAcked = Math.min(l.firstAcked, acked);
    l.lastSent = Math.max(l.lastSent, sent);
    l.rows++;
  }

  /** Stops watching. */
  public void finish() throws InterruptedException {
    end.countDown();
    for (Thread t : threads) {
      t.join();
    }
  }

  /** What must not be; empty if all was well. After {@link #finish}. */
  public synchronized List<String> wrong() {
    List<String> all = new ArrayList<>(wrong);
    List<Map.Entry<String, Life>> each = new ArrayList<>(lives.entrySet());
    for (int i = 0; i < each.size(); i++) {
      for (int j = i + 1; j < each.size(); j++) {
        Life a = each.get(i).getValue();
        Life b = each.get(j).getValue();
        if (a.lastSent > b.firstAcked && b.lastSent > a.firstAcked) {
          all.add(
              each.get(i).getKey()
                  + " (seen on "
                  + a.where
                  + ") and "
                  + each.get(j).getKey()
                  + " (seen on "
                  + b.where
                  + ") served at the same time");
        }
      }
    }
    if (questions == 0 || answers == 0) {
      all.add("the observer saw nothing: " + questions + " questions, " + answers + " answers");
    }
    return all;
  }

  /** What it saw, for people. */
  public synchronized String seen() {
    long rows = lives.values().stream().mapToLong(l -> l.rows).sum();
    return questions
        + " questions for the address, "
        + answers
        + " answered, by "
        + owners.size()
        + " servers; "
        + rows
        + " stamps of "
        + lives.size()
        + " lives";
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Nobody's hand but that at the power switch: a cluster of two servers with a witness, PostgreSQL
 * on the mirrored disk behind the floating IP, and clients on the LAN that never stop. One caller;
 * blocks.
 */
final class ClusterDemo {
  private static final int CLIENTS = 4;
  private static final long LOAD_MILLIS = 5000;
  private static final long ANSWER_SECONDS = 120;
  private static final long SYNC_SECONDS = 300;

  private final Lab lab;
  private final Figures figures;
  private final Consumer<String> says;
  private final List<LedgerClient> clients = new ArrayList<>();
  private Path network = Path.of("/");
  private String active = "server1";
  private String other = "server2";

  ClusterDemo(Lab lab, Figures figures, Consumer<String> says) {
    this.lab = lab;
    this.figures = figures;
    this.says = says;
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  void say(String format, Object... args) {
    says.accept(String.format(Locale.ROOT, format, args));
  }

  void run(long bytes, int rounds, Random random)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    say("Two servers and a witness: the cluster service, a mirrored disk, a floating IP.");
    lab.up(new LabPlan.Wish(2, bytes, true, true, LabApplication.POSTGRESQL, "fast"));
    network = lab.network("lan");
    open();
    killAgent();
    for (int round = 0; round < rounds; round++) {
      lose(random);
      comeBack();
      move();
    }
    story();
    close();
  }

  // ---- load

  private void open() throws DemoFailed, IOException, LabProblem, InterruptedException {
    say(
        "PostgreSQL answers on %s, from %s; fsync and synchronous_commit are on.",
        LabCluster.FLOATING, active);
    List<String> lan = lab.enterLan();
    try (PsqlSession s = new PsqlSession(lan, LabCluster.FLOATING)) {
      s.query(LedgerClient.table());
    }
    for (int i = 1; i <= CLIENTS; i++) {
      LedgerClient client = new LedgerClient(lan, i);
      clients.add(client);
      client.beginFloating(LabCluster.FLOATING, network);
    }
    awaitAll();
    long before = acknowledged();
    long began = System.nanoTime();
    Wait.pass(LOAD_MILLIS);
    double rate = (acknowledged() - before) * 1e9 / (System.nanoTime() - began);
    figures.add("rows per second, over the floating IP", rate);
    say("%d clients on the LAN: %.0f committed rows per second. They go on.", CLIENTS, rate);
  }

  private long acknowledged() {
    return clients.stream().mapToLong(LedgerClient::acknowledged).sum();
  }

  private long connections() {
    return clients.stream().mapToLong(LedgerClient::connections).sum();
  }

  /** Rows that were said to be committed, client by client. */
  List<Long> acknowledgedEach() {
    return clients.stream().map(LedgerClient::acknowledged).toList();
  }

  void mark() {
    clients.forEach(LedgerClient::mark);
  }

  /** The longest time that a client waited for a row since the mark, s. */
  double gap() {
    return clients.stream().mapToLong(LedgerClient::longestNanos).max().orElse(0) / 1e9;
  }

  /** Waits until every client was told that a row is committed, after now. */
  void awaitAll() throws LabProblem, IOException, InterruptedException, DemoFailed {
    long now = System.nanoTime();
    Path log = lab.cluster().log(other);
    Wait.until(
        () ->
            clients.stream()
                .allMatch(c -> c.lastAck() - now > 0 || String.valueOf(c.error()).startsWith("E")),
        ANSWER_SECONDS,
        "every client is answered",
        log);
    for (LedgerClient c : clients) {
      String error = c.error();
      if (error != null && error.startsWith("ERROR")) {
        throw new DemoFailed("a client was refused: " + error);
      }
    }
  }

  /** Looks for every row that was acknowledged until now, while the clients rest. */
  private void check(String where) throws DemoFailed, IOException, InterruptedException {
    endClients();
    long found = 0;
    for (LedgerClient c : clients) {
      found += c.check(LabCluster.FLOATING);
    }
    say("%s: all %d acknowledged rows are there, each with its content.", where, found);
    figures.count("rows acknowledged and found", found);
  }

  /** All clients stop after the row that is under way. */
  void endClients() throws InterruptedException {
    for (LedgerClient c : clients) {
      c.end();
    }
  }

  private void goOn() {
    clients.forEach(c -> c.beginFloating(LabCluster.FLOATING, network));
  }

  void abandon() throws InterruptedException {
    for (LedgerClient c : clients) {
      c.abandon();
    }
  }

  // ---- blows

  private void killAgent() throws DemoFailed, LabProblem, IOException, InterruptedException {
    say("kill -9 of the mirror agent of %s: the clients must only feel a pause.", active);
    long connections = connections();
    mark();
    lab.killAgent(active);
    Wait.pass(LOAD_MILLIS);
    awaitAll();
    double gap = gap();
    figures.add("longest gap at kill -9 of the mirror agent, s", gap);
    if (connections() != connections) {
      throw new DemoFailed("a client lost its connection when the mirror agent was killed");
    }
    say("No client saw an error; the longest gap was %.2f s.", gap);
  }

  private void lose(Random random)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.awaitReconciled(active, SYNC_SECONDS);
    Wait.pass(1000 + random.nextInt(2000));
    say("%s loses its power, without warning. Nobody does anything.", active);
    mark();
    lab.powerOff(List.of(active));
    awaitAll();
    swap();
    lab.cluster().awaitOnline(active, ANSWER_SECONDS);
    double gap = gap();
    figures.add("longest gap at loss of power of the active server, s", gap);
    say("%s has taken over by itself; the longest gap was %.2f s.", active, gap);
    check("On " + active);
    goOn();
  }

  private void swap() {
    String was = active;
    active = other;
    other = was;
  }

  private void comeBack() throws DemoFailed, LabProblem, IOException, InterruptedException {
    say("%s gets its power back. Nobody does anything else; the clients go on.", other);
    awaitAll();
    mark();
    long began = System.nanoTime();
    lab.powerOn(other);
    lab.awaitInSync(active, SYNC_SECONDS);
    double seconds = (System.nanoTime() - began) / 1e9;
    lab.cluster().awaitHeard(active, other, SYNC_SECONDS);
    awaitAll();
    double gap = gap();
    figures.add("power on to in sync again, s", seconds);
    figures.add("longest gap while a server comes back, s", gap);
    say(
        "Booted and in sync again by itself after %.1f s; the longest gap was %.2f s.",
        seconds, gap);
  }

  private void move() throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.awaitReconciled(active, SYNC_SECONDS);
    say("The operator moves the group: clpgrp -m failover1 -a %s.", other);
    mark();
    lab.cluster().move(active, other);
    lab.cluster().awaitOnline(other, ANSWER_SECONDS);
    swap();
    awaitAll();
    double gap = gap();
    figures.add("longest gap at a planned move, s", gap);
    say("It runs on %s; the longest gap was %.2f s.", active, gap);
  }

  private void story() throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.awaitReconciled(active, SYNC_SECONDS);
    BackupStory story = new BackupStory(lab, this, figures);
    story.byRunbook(active);
    lab.awaitReconciled(active, SYNC_SECONDS);
    story.byOneCommand(active);
    say("The clients go on writing for a while, and what they write now will be lost.");
    Wait.pass(LOAD_MILLIS);
    story.disaster(active);
    goOn();
    Wait.pass(LOAD_MILLIS);
    awaitAll();
  }

  /** Waits until the group is online anywhere, and the database answers. */
  void awaitService(long seconds) throws LabProblem, IOException, InterruptedException {
    Wait.until(
        () -> {
          LabCluster.GroupView view = lab.cluster().group("server1");
          return view.phase().equals("ONLINE")
              && PsqlSession.answers(lab.enterLan(), LabCluster.FLOATING);
        },
        seconds,
        "the database answers again",
        lab.cluster().log("server1"));
    if (!lab.cluster().group("server1").owner().equals(active)) {
      swap();
    }
  }

  /**
   * Looks for every row up to a backup; the account goes on from there.
   *
   * @param least rows of each client that must be there
   * @param most rows that may be: those acknowledged when the image was whole
   */
  long restored(List<Long> least, List<Long> most) throws DemoFailed, IOException {
    long found = 0;
    for (int i = 0; i < clients.size(); i++) {
      found += clients.get(i).restored(LabCluster.FLOATING, least.get(i), most.get(i) + 1);
    }
    return found;
  }

  private void close() throws DemoFailed, LabProblem, IOException, InterruptedException {
    check("At the end");
    lab.awaitReconciled(active, SYNC_SECONDS);
    lab.ask(active, "mirror.verify", "md1");
    say("meikyo mirror verify: every block is equal on both servers.");
    lab.cluster().stop(active);
    @Nullable String differs = lab.images().compareImages();
    if (differs != null) {
      throw new DemoFailed("the images of the two servers differ: " + differs);
    }
    say("The group is stopped; cmp of the two disks from outside agrees.");
    lab.images().checkImage(active);
    say("e2fsck finds the file system clean.");
  }
}

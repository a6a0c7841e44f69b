// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a demo plays with: a lab with two servers, a database on the mirrored disk of one of them,
 * and clients outside that write to it. Knows who is active. One caller; blocks.
 */
final class Stage {
  static final String SRV = "/srv/md1";
  static final long LOAD_MILLIS = 5000;
  static final long SYNC_SECONDS = 300;

  private static final String DATA = SRV + "/pg";
  private static final String PLAIN = "/srv/plain";
  private static final String DEVICE = "/run/meikyo/md1";
  private static final int CLIENTS = 4;

  private final Lab lab;
  private final Postgres postgres;
  private final Figures figures;
  private final Consumer<String> says;
  private final List<LedgerClient> clients = new ArrayList<>();
  private List<String> lan = List.of();
  private String active = "server1";
  private String other = "server2";

  Stage(Lab lab, Postgres postgres, Figures figures, Consumer<String> says) {
    this.lab = lab;
    this.postgres = postgres;
    this.figures = figures;
    this.says = says;
  }

  Lab lab() {
    return lab;
  }

  Figures figures() {
    return figures;
  }

  /** The server that serves, or served until just now. */
  String active() {
    return active;
  }

  /** The other one. */
  String other() {
    return other;
  }

  /** The two change their parts. */
  void swap() {
    String was = active;
    active = other;
    other = was;
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  void say(String format, Object... args) {
    says.accept(String.format(Locale.ROOT, format, args));
  }

  // ---- from nothing to a database under load

  /** Two servers, a database on a plain file system first and then on the mirrored disk. */
  void open(long bytes) throws LabProblem, DemoFailed, IOException, InterruptedException {
    say("Two servers, a mirrored disk between them, ext4 on it.");
    lab.up(2, bytes, true);
    lan = lab.enterLan();
    withoutMirror();
    say("PostgreSQL on the mirrored disk of %s; fsync and synchronous_commit are on.", active);
    postgres.create(active, DATA);
    postgres.start(active, DATA);
    table();
    load("with the mirror", "rows per second, mirrored");
  }

  private void withoutMirror() throws DemoFailed, LabProblem, IOException, InterruptedException {
    say("For comparison, PostgreSQL on a plain file system of this machine first.");
    postgres.create(active, PLAIN);
    postgres.start(active, PLAIN);
    table();
    load("without the mirror", "rows per second, plain");
    postgres.stop(active, PLAIN);
    lab.run(active, "rm", "-rf", PLAIN);
  }

  private void load(String how, String figure)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    begin();
    long before = acknowledged();
    long began = System.nanoTime();
    Wait.pass(LOAD_MILLIS);
    double rate = (acknowledged() - before) * 1e9 / (System.nanoTime() - began);
    end();
    figures.add(figure, rate);
    say("%d clients, %s: %.0f committed rows per second.", CLIENTS, how, rate);
  }

  private String host(String server) throws LabProblem, IOException {
    return lab.lanAddress(server);
  }

  private void table() throws DemoFailed, LabProblem, IOException {
    try (PsqlSession s = new PsqlSession(lan, host(active))) {
      s.query(LedgerClient.table());
    }
    clients.clear();
    for (int i = 1; i <= CLIENTS; i++) {
      clients.add(new LedgerClient(lan, i));
    }
  }

  // ---- load

  /** All clients begin to write to the active server. */
  void begin() throws LabProblem, IOException {
    for (LedgerClient c : clients) {
      c.begin(host(active));
    }
  }

  /** All clients stop after the row that is under way; none may have seen an error. */
  void end() throws DemoFailed, InterruptedException {
    for (LedgerClient c : clients) {
      c.end();
    }
    noErrors();
  }

  /** All clients give up the row that is under way: its server is gone, or is about to be. */
  void abandon() throws InterruptedException {
    for (LedgerClient c : clients) {
      c.abandon();
    }
  }

  /** Fails if a client was told anything else than that its row is committed. */
  void noErrors() throws DemoFailed {
    for (LedgerClient c : clients) {
      String error = c.error();
      if (error != null) {
        throw new DemoFailed("a client saw an error: " + error);
      }
    }
  }

  /** Rows that were said to be committed, of all clients. */
  long acknowledged() {
    return clients.stream().mapToLong(LedgerClient::acknowledged).sum();
  }

  /** The longest wait of a client for one row since {@link #begin}, s. */
  double longest() {
    return clients.stream().mapToLong(LedgerClient::longestNanos).max().orElse(0) / 1e9;
  }

  /** Looks for every acknowledged row and its content; returns how many there are. */
  long check(String where) throws DemoFailed, LabProblem, IOException {
    long found = 0;
    for (LedgerClient c : clients) {
      found += c.check(host(active));
    }
    say("%s: all %d acknowledged rows are there, each with its content.", where, found);
    return found;
  }

  // ---- the service

  /** Mounts the mirrored disk on the active server, and starts the database until it answers. */
  void serve() throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.run(active, "mount", DEVICE, SRV);
    postgres.start(active, DATA);
    try (PsqlSession s = new PsqlSession(lan, host(active))) {
      s.query("SELECT 1;");
    }
  }

  /** Stops the database and unmounts. */
  void rest() throws LabProblem, IOException, InterruptedException {
    postgres.stop(active, DATA);
    lab.run(active, "umount", SRV);
  }

  /** Checks the file system, which must not be mounted: nothing may be wrong with it. */
  void checkFileSystem() throws LabProblem, IOException, InterruptedException {
    lab.run(active, "e2fsck", "-f", "-n", DEVICE);
  }

  /** Compares both replicas through the agents. */
  void verify() throws LabProblem, IOException {
    lab.ask(active, "mirror.verify", "md1");
  }

  /** Ends the service and compares everything. */
  void close() throws DemoFailed, LabProblem, IOException, InterruptedException {
    check("At the end");
    rest();
    checkFileSystem();
    say("e2fsck finds the file system clean.");
    verify();
    say("meikyo mirror verify: every block is equal on both servers.");
    @Nullable String differs = lab.images().compareImages();
    if (differs != null) {
      throw new DemoFailed("the images of the two servers differ: " + differs);
    }
    say("cmp of the two disks from outside agrees.");
  }
}

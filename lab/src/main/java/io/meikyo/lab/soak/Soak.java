// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Agents killed and the cable cut, at random, for as long as one likes, under a verifying writer on
 * ext4 that never finds free memory. One caller; blocks until the end.
 */
public final class Soak {
  private static final String ONE = "server1";
  private static final String TWO = "server2";
  private static final String DEVICE = "/run/meikyo/md1";
  private static final String SRV = "/srv/md1";
  private static final String NOTHING = "nothing";
  private static final int FILES = 3;
  private static final int HEAP_MIB = 32;
  private static final long MIB = 1L << 20;
  private static final long GO_ON_SECONDS = 120;
  private static final long SYNC_SECONDS = 900;
  private static final long CUT_MILLIS = 5000;
  private static final long PAUSE_MIN_MILLIS = 4000;
  private static final int PAUSE_MORE_MILLIS = 16_000;

  /**
   * What to do.
   *
   * @param bytes size of the mirror disk, at least 256 MiB
   * @param minutes of faults
   * @param seed of the faults and of what is written
   * @param memoryBytes all memory that writer, page cache and hog have together
   */
  public record Options(long bytes, int minutes, long seed, long memoryBytes) {}

  private final Lab lab;
  private final Options options;
  private final Consumer<String> says;
  private final Random random;
  private final Map<String, List<Fault>> faults = new LinkedHashMap<>();
  private long began;

  /** One thing that happened, and until when what follows is counted to it. */
  private record Fault(long from, long to) {}

  /** A soak that has not begun. */
  public Soak(Lab lab, Options options, Consumer<String> says) {
    this.lab = lab;
    this.options = options;
    this.says = says;
    this.random = new Random(options.seed());
  }

  /**
   * Runs it. The lab is taken down at the end, also after a failure.
   *
   * @param group name of the control group that is made for it
   */
  public void run(String group) throws SoakFailed, InterruptedException {
    began = System.nanoTime();
    say(
        "Seed %d, %d minutes, mirror disk of %d MiB, %d MiB of memory.",
        options.seed(), options.minutes(), options.bytes() / MIB, options.memoryBytes() / MIB);
    try (TightMachine machine = TightMachine.make(group, options.memoryBytes())) {
      Path books = Files.createTempDirectory("meikyo-soak-");
      try {
        story(machine, books);
      } finally {
        lab.down();
        remove(books);
      }
    } catch (LabProblem | IOException e) {
      throw new SoakFailed(String.valueOf(e.getMessage()));
    }
  }

  private static void remove(Path books) throws IOException {
    for (int file = 0; file < FILES; file++) {
      Files.deleteIfExists(books.resolve("book-" + file));
    }
    Files.delete(books);
  }

  private void story(TightMachine machine, Path books)
      throws LabProblem, SoakFailed, IOException, InterruptedException {
    lab.up(2, options.bytes(), true);
    try (Writer writer = new Writer(machine.in(writer(machine)))) {
      writer.more(100, GO_ON_SECONDS);
      machine.startHog();
      machine.awaitHog();
      say(
          "The writer writes; a hog has taken the memory: %d of %d MiB in use.",
          machine.all().used() / MIB, machine.all().limit() / MIB);
      faultsUntil(writer, machine, began + TimeUnit.MINUTES.toNanos(options.minutes()));
      writer.stop(books, GO_ON_SECONDS);
      tell(writer, machine);
    }
    checks(books);
  }

  private List<String> writer(TightMachine machine) throws LabProblem, IOException {
    // Three files and the large one fill about half of the disk; the journal has some, too.
    int blocks = (int) (options.bytes() / 8 / Book.BLOCK);
    long bulk = Math.min(options.bytes() / 8, machine.programs().limit());
    List<String> words = new ArrayList<>(lab.enter(ONE));
    words.addAll(
        TightMachine.java(
            WriterMain.class,
            HEAP_MIB,
            "write",
            SRV,
            Long.toString(options.seed()),
            Integer.toString(FILES),
            Integer.toString(blocks),
            Long.toString(bulk)));
    return words;
  }

  // ---- what happens

  private void faultsUntil(Writer writer, TightMachine machine, long end)
      throws LabProblem, SoakFailed, IOException, InterruptedException {
    long from = System.nanoTime();
    String last = NOTHING;
    while (true) {
      writer.goOn(PAUSE_MIN_MILLIS + random.nextInt(PAUSE_MORE_MILLIS));
      writer.more(1, GO_ON_SECONDS);
      long now = System.nanoTime();
      note(last, from, now, writer);
      if (now >= end) {
        return;
      }
      from = now;
      last = fault(writer, machine);
    }
  }

  private void note(String what, long from, long to, Writer writer) {
    faults.computeIfAbsent(what, _ -> new ArrayList<>()).add(new Fault(from, to));
    long longest = longest(writer, from, to);
    if (!what.equals(NOTHING) && longest > 0) {
      say("  the longest operation since then took %s ms", Durations.millis(longest));
    }
  }

  private static long longest(Writer writer, long from, long to) {
    return writer.slow().stream()
        .filter(s -> s.within(from, to))
        .mapToLong(Writer.Slow::nanos)
        .max()
        .orElse(0);
  }

  private String fault(Writer writer, TightMachine machine)
      throws LabProblem, SoakFailed, IOException, InterruptedException {
    int what = random.nextInt(15);
    if (what < 5) {
      return kill("kill -9, active", ONE, machine);
    }
    if (what < 8) {
      return kill("kill -9, standby", TWO, machine);
    }
    if (what < 11) {
      return cut("cut of 5 s", writer, machine, null);
    }
    return switch (what) {
      case 11 -> cut("cut of 5 s with a kill -9 of the active", writer, machine, ONE);
      case 12 -> cut("cut of 5 s with a kill -9 of the standby", writer, machine, TWO);
      default -> NOTHING;
    };
  }

  private String kill(String what, String server, TightMachine machine)
      throws LabProblem, IOException, InterruptedException {
    announce(what, machine);
    lab.killAgent(server);
    return what;
  }

  private String cut(String what, Writer writer, TightMachine machine, @Nullable String victim)
      throws LabProblem, SoakFailed, IOException, InterruptedException {
    announce(what, machine);
    lab.net("cut", ONE, TWO);
    long before = random.nextInt((int) CUT_MILLIS);
    writer.goOn(before);
    if (victim != null) {
      lab.killAgent(victim);
    }
    writer.goOn(CUT_MILLIS - before);
    lab.net("heal", ONE, TWO);
    return what;
  }

  private void announce(String what, TightMachine machine) throws LabProblem, IOException {
    String inSync = "-";
    for (Lab.ServerView view : lab.status()) {
      if (view.name().equals(ONE) && !view.fact("inSync").isEmpty()) {
        inSync = view.fact("inSync");
      }
    }
    say(
        "%s (in sync: %s; %d of %d MiB in use, %d MiB unwritten)",
        what,
        inSync,
        machine.all().used() / MIB,
        machine.all().limit() / MIB,
        machine.all().unwritten() / MIB);
  }

  // ---- the end

  private void tell(Writer writer, TightMachine machine) throws IOException {
    say("The writer has ended; no program saw an error.");
    for (String line : writer.figures()) {
      say("%s", line);
    }
    faults.forEach((what, list) -> {
      Durations stalls = new Durations();
      list.forEach(f -> stalls.add(longest(writer, f.from, f.to)));
      say("longest operation around \"%s\": %s", what, stalls.text());
    });
    say(
        "The memory was full %d times for all, %d times for the writer; the hog was killed %d"
            + " times, other programs %d times.",
        machine.all().full(),
        machine.programs().full(),
        machine.hogsKilled(),
        machine.programs().killed());
  }

  private void checks(Path books) throws LabProblem, SoakFailed, IOException, InterruptedException {
    lab.awaitInSync(ONE, SYNC_SECONDS);
    lab.awaitReconciled(ONE, SYNC_SECONDS);
    say("Both replicas are in sync.");
    lab.run(ONE, "umount", SRV);
    lab.run(ONE, "e2fsck", "-f", "-n", DEVICE);
    say("e2fsck finds the file system clean.");
    lab.ask(ONE, "mirror.verify", "md1");
    String differs = lab.images().compareImages();
    if (differs != null) {
      throw new SoakFailed("the images of the two servers differ: " + differs);
    }
    say("verify and cmp: both replicas are equal, block by block.");
    check(ONE, books);
    lab.run(ONE, "umount", SRV);
    lab.ask(ONE, "mirror.standby", "md1");
    lab.activate(TWO, false);
    lab.awaitDevice(TWO);
    check(TWO, books);
    lab.run(TWO, "umount", SRV);
    lab.run(TWO, "e2fsck", "-f", "-n", DEVICE);
    quiet();
  }

  /** Every block that was ever written, from the disk. */
  private void check(String server, Path books)
      throws LabProblem, SoakFailed, IOException, InterruptedException {
    lab.run(server, "mount", DEVICE, SRV);
    List<String> words = new ArrayList<>();
    words.addAll(TightMachine.java(WriterMain.class, HEAP_MIB, "check", SRV, books.toString()));
    String said = lab.run(server, words.toArray(String[]::new)).strip();
    if (!said.startsWith("checked ")) {
      throw new SoakFailed("on " + server + ": " + said);
    }
    say("On %s: %s, each as it was written last.", server, said);
  }

  /** The agents died of our hand only. */
  private void quiet() throws LabProblem, SoakFailed, IOException {
    for (String server : List.of(ONE, TWO)) {
      List<String> ends = lab.agentEnds(server);
      for (String end : ends) {
        if (!end.endsWith(" 137")) {
          throw new SoakFailed("the agent of " + server + " ended by itself: " + end);
        }
      }
      say("The agent of %s was killed %d times, and never ended by itself.", server, ends.size());
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  private void say(String format, Object... args) {
    long seconds = (System.nanoTime() - began) / 1_000_000_000;
    says.accept(
        String.format(Locale.ROOT, "%3d:%02d  ", seconds / 60, seconds % 60)
            + String.format(Locale.ROOT, format, args));
  }
}

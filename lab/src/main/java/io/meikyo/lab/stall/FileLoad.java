// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A {@link LoadMain} at work, as seen by who started it. */
final class FileLoad implements Load {
  private static final double MIB = 1 << 20;
  private static final long READY_SECONDS = 300;

  private record Slow(long began, long nanos) {}

  private final Process process;
  private final String words;
  private final ConcurrentLinkedQueue<Slow> slow = new ConcurrentLinkedQueue<>();
  private final NavigableMap<Long, Long> ticks = new ConcurrentSkipListMap<>();
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile @Nullable String wrong;

  private FileLoad(ProcessBuilder builder) throws IOException {
    words = String.join(" ", builder.command());
    process = builder.redirectErrorStream(true).start();
    Thread.ofPlatform().daemon().name("load").start(this::listen);
  }

  /**
   * Begins one; returns when its file is whole and it writes.
   *
   * @param enter words before a command that is to run where the file is
   * @param arguments of {@link LoadMain}
   */
  static FileLoad begin(List<String> enter, String... arguments)
      throws LabProblem, IOException, InterruptedException {
    List<String> words = new ArrayList<>(enter);
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            LoadMain.class.getName()));
    words.addAll(List.of(arguments));
    FileLoad load = new FileLoad(new ProcessBuilder(words));
    try {
      load.awaitReady(READY_SECONDS);
    } catch (LabProblem | InterruptedException e) {
      load.close();
      throw e;
    }
    return load;
  }

  private void listen() {
    String last = "it ended";
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] all = line.split(" ", 3);
        switch (all[0]) {
          case "ready" -> ready.countDown();
          case "tick" -> ticks.put(Long.parseLong(all[1]), Long.parseLong(all[2]));
          case "slow" -> slow.add(new Slow(Long.parseLong(all[1]), Long.parseLong(all[2])));
          default -> last = line;
        }
      }
    } catch (IOException e) {
      last = "its words cannot be read: " + e.getMessage();
    }
    wrong = last;
    ready.countDown();
  }

  private void check() throws LabProblem {
    String said = wrong;
    if (said != null) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, words, "-", said);
    }
  }

  private void awaitReady(long seconds) throws LabProblem, InterruptedException {
    if (!ready.await(seconds, TimeUnit.SECONDS)) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, words, "-", "not ready in " + seconds + " s");
    }
    check();
  }

  @Override
  public String unit() {
    return "MiB";
  }

  @Override
  public long longest(long from, long to) throws LabProblem {
    check();
    long most = 0;
    for (Slow s : slow) {
      if (s.began < to && s.began + s.nanos > from) {
        most = Math.max(most, s.nanos);
      }
    }
    return most;
  }

  @Override
  public double rate(long from, long to) throws LabProblem {
    check();
    Map.Entry<Long, Long> first = ticks.floorEntry(from);
    Map.Entry<Long, Long> last = ticks.floorEntry(to);
    if (first == null || last == null || last.getKey() <= first.getKey()) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, words, "-", "it says nothing");
    }
    return (last.getValue() - first.getValue()) / MIB * 1e9 / (last.getKey() - first.getKey());
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    Ending.await(process);
  }
}

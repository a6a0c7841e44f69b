// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import io.meikyo.linux.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program in a session and process group of its own, and waits for it. When the limit is
 * over the whole group is killed. A child that hangs in the kernel cannot be killed: it is left
 * behind, and that is said.
 *
 * <p>What the program leaves running in the background does not hold us up: the child has ended
 * when the program has.
 */
public final class Child {
  /** Most of the output that is kept: its last bytes. */
  public static final int OUTPUT_BYTES_MAX = 16 << 10;

  /** How long a killed child may take to be gone. */
  private static final long KILLED_NANOS = 500_000_000L;

  /** How long the last output of a child that has ended may take to reach us. */
  private static final long LAST_WORDS_NANOS = 200_000_000L;

  private Child() {}

  /**
   * A program and how it is run.
   *
   * @param words the program and its arguments; a name without "/" is looked for
   * @param environment added to ours
   * @param directory where it runs; null: "/"
   * @param output a file that takes its output; null: only the end of it is kept in memory. Whoever
   *     leaves processes in the background needs a file, or they lose their output with us
   */
  public record Program(
      List<String> words,
      Map<String, String> environment,
      @Nullable Path directory,
      @Nullable Path output) {

    public Program {
      words = List.copyOf(words);
      environment = Map.copyOf(environment);
    }

    /** These words, without anything else. */
    public static Program of(String... words) {
      return new Program(List.of(words), Map.of(), null, null);
    }

    /** A line for the shell. */
    public static Program shell(String line, Map<String, String> environment) {
      return new Program(List.of("/bin/sh", "-c", line), environment, null, null);
    }
  }

  /** How a child ended. */
  public enum How {
    /** By itself; the status counts. */
    EXITED,
    /** Killed: the deadline had passed. */
    DEADLINE,
    /** Killed: it was not wanted any more. */
    CANCELLED,
    /** It was never started: there is no such program. */
    NO_PROGRAM
  }

  /**
   * The end.
   *
   * @param status exit status, 128 + signal for who died of one; -1 unless it exited
   * @param output the last of what it said, on both streams
   * @param pid its number, 0 if it was never started
   * @param stuck true if it was killed and is still there: it hangs in the kernel
   */
  public record End(How how, int status, String output, int pid, boolean stuck) {
    /** True if it exited with 0. */
    public boolean ok() {
      return how == How.EXITED && status == 0;
    }

    /** Its last line that does not go on from the one before, or how it ended, for a sentence. */
    public String said() {
      String text = output.strip();
      if (how == How.NO_PROGRAM) {
        return output;
      }
      String end = how == How.EXITED ? "exit status " + status : "killed";
      return text.isEmpty() ? end : end + ": " + lastLine(text);
    }
  }

  /** mount(8) ends with an indented hint to the kernel's log; what is wrong stands above it. */
  private static String lastLine(String text) {
    return text.lines().filter(line -> !line.startsWith(" ")).reduce("", (_, last) -> last);
  }

  /** Runs it. Blocks at most as long as the limit, and a moment for its death. */
  public static End run(Program program, Limit limit) {
    Path file = program.output;
    try {
      long before = file != null && Files.exists(file) ? Files.size(file) : 0;
      Process process = begin(program);
      return file == null ? piped(process, limit) : ended(process, limit, () -> end(file, before));
    } catch (IOException e) {
      return new End(How.NO_PROGRAM, -1, String.valueOf(e.getMessage()), 0, false);
    }
  }

  /**
   * Starts it, and leaves it running.
   *
   * @throws IOException there is no such program, folder, or room for a process; the message says
   *     so
   */
  public static Process begin(Program program) throws IOException {
    Path setsid = Programs.find("setsid");
    Path found = Programs.find(program.words.getFirst());
    if (found == null || setsid == null) {
      String missing = found == null ? program.words.getFirst() : "setsid";
      throw new NoSuchFileException("there is no program " + missing);
    }
    List<String> words = new ArrayList<>(List.of(setsid.toString(), found.toString()));
    words.addAll(program.words.subList(1, program.words.size()));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("PATH", Programs.path());
    builder.environment().putAll(program.environment);
    Path directory = program.directory;
    builder.directory((directory == null ? Path.of("/") : directory).toFile());
    builder.redirectErrorStream(true);
    builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
    Path output = program.output;
    if (output != null) {
      builder.redirectOutput(Redirect.appendTo(output.toFile()));
    }
    return builder.start();
  }

  private static End piped(Process process, Limit limit) throws IOException {
    Tail tail = new Tail(OUTPUT_BYTES_MAX);
    CompletableFuture<Void> drained = new CompletableFuture<>();
    InputStream stream = process.getInputStream();
    Thread.ofPlatform()
        .daemon()
        .name("child-output")
        .start(() -> {
          try (stream) {
            tail.drain(stream);
          } catch (IOException e) {
            tail.add(("\n(output ends: " + e.getMessage() + ")").getBytes(StandardCharsets.UTF_8));
          }
          drained.complete(null);
        });
    End end =
        ended(
            process,
            limit,
            () -> {
              boolean _ = Limit.endsWithin(drained, LAST_WORDS_NANOS);
              return tail.text();
            });
    return end;
  }

  /** Says what came out. */
  private interface Output {
    String text() throws IOException;
  }

  private static End ended(Process process, Limit limit, Output output) throws IOException {
    CompletableFuture<Process> exit = process.onExit();
    int pid = (int) process.pid();
    if (limit.await(exit)) {
      return new End(How.EXITED, process.exitValue(), output.text(), pid, false);
    }
    How how = limit.isCancelled() ? How.CANCELLED : How.DEADLINE;
    kill(process);
    boolean gone = Limit.endsWithin(exit, KILLED_NANOS);
    return new End(how, -1, output.text(), pid, !gone);
  }

  /** Kills the group; the process by itself too, if it had not become the group's leader yet. */
  private static void kill(Process process) {
    var _ = Processes.kill((int) -process.pid(), Processes.SIGKILL);
    process.destroyForcibly();
  }

  /** What a file has from a position on, at most its last bytes. */
  public static String end(Path file, long from) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long begin = Math.max(Math.min(from, in.length()), in.length() - OUTPUT_BYTES_MAX);
      byte[] bytes = new byte[(int) (in.length() - begin)];
      in.seek(begin);
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}

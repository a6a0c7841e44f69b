// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.machine;

import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.linux.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One machine: a kernel of its own on disks that are files, with a power switch and a way to run
 * commands in it. It sees the files of this machine read-only, and one folder that both may write.
 * It has no network but loopback.
 *
 * <pre>
 *  this process ── stdin, stdout ── /dev/ttyS0 ── init.sh: a number per command, and with its
 *                                                          status per answer; the rest is in files
 *               ── stderr ──────── what its kernel says ── the console file
 * </pre>
 *
 * <p>It ends with this process at the latest: its first process ends with its input. Any thread.
 */
public final class Machine {
  private static final long END_SECONDS = 20;
  private static final int CONSOLE_LINES = 15;
  private static final Pattern ANSWER = Pattern.compile("(\\d+) (\\d+)");

  private final String name;
  private final Path console;
  private final Path exec;
  private final Process process;
  private final OutputStream commands;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Result>> running = new ConcurrentHashMap<>();
  private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

  /** How a command ended, and what it said on both its streams. */
  public record Result(int status, String output) {}

  /**
   * What a machine is.
   *
   * @param name also its host name
   * @param folder shared with it, at the same path; not in /run or /tmp, without spaces, short
   *     (paths of sockets are made in it). Its console file is there: NAME.console
   * @param memoryMib what its kernel has; taken from /dev/shm as it is used
   * @param disks files, seen as /dev/ubda, /dev/ubdb, ...
   * @param modules loaded at the start, in this order
   */
  public record Plan(
      String name, Path folder, int memoryMib, List<Path> disks, List<String> modules) {}

  private Machine(Plan plan, Path console, Process process) {
    this.name = plan.name;
    this.console = console;
    this.exec = plan.folder.resolve("exec");
    this.process = process;
    this.commands = process.getOutputStream();
    Thread.ofPlatform().daemon().name("machine-" + name).start(this::hear);
  }

  /**
   * Switches one on; returns when it takes commands.
   *
   * @throws LabProblem it did not come up in time: NOT_IN_TIME, with what its kernel said last;
   *     {@link #begins} of its console tells whether it could run at all
   */
  public static Machine start(Uml uml, Plan plan, long seconds)
      throws LabProblem, IOException, InterruptedException {
    Path init = plan.folder.resolve("init.sh");
    try (InputStream in = Machine.class.getResourceAsStream("init.sh")) {
      if (in == null) {
        throw new IOException("init.sh is missing from the build");
      }
      Files.write(init, in.readAllBytes());
    }
    Files.setPosixFilePermissions(init, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(plan.folder.resolve("exec"));
    Path console = console(plan);
    ProcessBuilder builder =
        new ProcessBuilder(command(uml, plan, init))
            .redirectError(ProcessBuilder.Redirect.to(console.toFile()));
    // Its memory is an unlinked file; anywhere else than in memory it would be slow.
    builder.environment().put("TMPDIR", "/dev/shm");
    Machine machine = new Machine(plan, console, builder.start());
    try {
      if (machine.ready.completeOnTimeout(false, seconds, TimeUnit.SECONDS).get()) {
        return machine;
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    machine.powerOff();
    throw new LabProblem(
        LabNotice.NOT_IN_TIME, plan.name + " boots: " + last(console), seconds, console);
  }

  /** Where what its kernel says is written. */
  public static Path console(Plan plan) {
    return plan.folder.resolve(plan.name + ".console");
  }

  /**
   * True if its kernel came as far as to run its first process: so it can run here. On processors
   * whose registers are larger than that kernel knows (AMX) it dies when it is to load them.
   */
  public static boolean begins(Plan plan) throws IOException {
    Path console = console(plan);
    if (!Files.exists(console)) {
      return false;
    }
    String said = Files.readString(console, StandardCharsets.ISO_8859_1);
    return said.contains("as init process") && !said.contains(">] fatal_sigsegv+");
  }

  private static List<String> command(Uml uml, Plan plan, Path init) {
    List<String> words =
        new ArrayList<>(
            List.of(
                // A process group of its own: its kernel has helpers that must end with it.
                "setsid",
                uml.kernel().toString(),
                "umid=" + plan.name,
                "uml_dir=" + plan.folder.resolve("uml"),
                "mem=" + plan.memoryMib + "M",
                "root=/dev/root",
                "rootfstype=hostfs",
                "rootflags=/",
                "ro",
                "init=" + init,
                // A reboot in place leaks descriptors; its end is seen here.
                "noreboot",
                "con=null",
                "con0=null,fd:2",
                "ssl=null",
                "ssl0=fd:0,fd:1",
                "node=" + plan.name,
                "share=" + plan.folder,
                "modules=" + uml.modules(),
                "load=" + String.join(",", plan.modules)));
    for (int i = 0; i < plan.disks.size(); i++) {
      words.add("ubd" + i + "=" + plan.disks.get(i));
    }
    return words;
  }

  private static String last(Path console) throws IOException {
    List<String> lines = Files.readString(console, StandardCharsets.ISO_8859_1).lines().toList();
    return String.join(
        "; ", lines.subList(Math.max(0, lines.size() - CONSOLE_LINES), lines.size()));
  }

  /** Takes what it answers until it ends. */
  private void hear() {
    try (BufferedReader in = process.inputReader(StandardCharsets.ISO_8859_1)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        heard(line.strip());
      }
    } catch (IOException e) {
      // It ended in the middle of a line.
    }
    ready.complete(false);
    IOException end = new IOException(name + " has ended");
    running.values().forEach(answer -> answer.completeExceptionally(end));
  }

  private void heard(String line) {
    if (line.endsWith("READY")) {
      ready.complete(true);
      return;
    }
    Matcher words = ANSWER.matcher(line);
    CompletableFuture<Result> answer =
        words.matches() ? running.remove(Long.parseLong(words.group(1))) : null;
    if (answer == null) {
      return;
    }
    Path said = exec.resolve(words.group(1) + ".out");
    try {
      String output = Files.readString(said, StandardCharsets.ISO_8859_1);
      Files.delete(said);
      Files.delete(exec.resolve(words.group(1) + ".sh"));
      answer.complete(new Result(Integer.parseInt(words.group(2)), output));
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
  }

  /**
   * Begins to run a command; it fails with an IOException when the machine ends first.
   *
   * @param command for its shell
   */
  public CompletableFuture<Result> begin(String command) throws IOException {
    long id = ids.incrementAndGet();
    CompletableFuture<Result> answer = new CompletableFuture<>();
    running.put(id, answer);
    // Not over the line itself: what its kernel does not take at once is lost beyond 4 KiB.
    Files.writeString(exec.resolve(id + ".sh"), command, StandardCharsets.UTF_8);
    synchronized (commands) {
      commands.write((id + "\n").getBytes(StandardCharsets.US_ASCII));
      commands.flush();
    }
    if (!process.isAlive()) {
      answer.completeExceptionally(new IOException(name + " has ended"));
    }
    return answer;
  }

  /** Runs a command whose failure is an answer. */
  public Result attempt(String command, long seconds)
      throws LabProblem, IOException, InterruptedException {
    try {
      return begin(command).get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new LabProblem(LabNotice.NOT_IN_TIME, "on " + name + ": " + command, seconds, console);
    } catch (ExecutionException e) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, command, "-", String.valueOf(e.getMessage()));
    }
  }

  /** Runs a command that must succeed; what it said. */
  public String exec(String command, long seconds)
      throws LabProblem, IOException, InterruptedException {
    Result result = attempt(command, seconds);
    if (result.status != 0) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, command, result.status, result.output.strip());
    }
    return result.output.strip();
  }

  /** What its kernel has said. */
  public String console() throws IOException {
    return Files.readString(console, StandardCharsets.ISO_8859_1);
  }

  /** Pulls the plug: all of it ends at once; what its kernel had not given to the disks is lost. */
  public void powerOff() throws IOException, InterruptedException {
    // Its whole group: helpers of its kernel would go on with the disks open.
    Processes.kill(-(int) process.pid(), Processes.SIGKILL);
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException(name + " does not end");
    }
  }
}

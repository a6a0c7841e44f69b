// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.agent.keeper.KeeperMain;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.LoopDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One server of a {@link Pair}: its files, its agent, and what it answers. */
final class Server {
  static final String MIRROR = "md1";

  final int number;
  final Path folder;
  final Path config;
  final Path data;
  final Path cluster;
  final Path control;
  final int nbd;

  /** Link to its block device, if it makes one. */
  final Path device;

  private final Path keeperSocket;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Child> others = new ArrayList<>();
  private List<String> before = List.of();
  private Child agent;
  private Child keeper;

  Server(int number, Path folder, int nbd) {
    this.number = number;
    this.folder = folder;
    this.nbd = nbd;
    this.config = folder.resolve("agent.toml");
    this.data = folder.resolve("data");
    this.cluster = folder.resolve("cluster");
    this.control = folder.resolve("run/agent.sock");
    this.device = folder.resolve("dev/md1");
    this.keeperSocket = folder.resolve("run/keeper.sock");
  }

  String name() {
    return "server" + (number + 1);
  }

  /** Words in front of the command line of its agent. */
  void before(String... words) {
    before = List.of(words);
  }

  void environment(String name, String value) {
    environment.put(name, value);
  }

  /** Puts a block device that takes discards on the file of the data partition. */
  void dataOnDevice() throws IOException {
    Path image = folder.resolve("data.img");
    Files.move(data, image);
    int fd = Descriptors.open(image, Descriptors.O_RDWR);
    try {
      LoopDevices.Attached attached =
          LoopDevices.attach(
              fd, image.toString(), new LoopDevices.Options(false, false, false, 512, 0, 0));
      Descriptors.close(attached.fd());
      Files.createSymbolicLink(data, attached.device());
    } finally {
      Descriptors.close(fd);
    }
  }

  /** The file in which the data partition's bytes are. */
  Path image() {
    return Files.isSymbolicLink(data) ? folder.resolve("data.img") : data;
  }

  /** Starts the agent and waits until it can be asked. */
  void start() throws Exception {
    startNow();
    Await.that(
        20,
        name() + " answers",
        this::words,
        () -> {
          if (!agent.isAlive()) {
            throw new AssertionError(name() + " has ended: " + words());
          }
          return !facts().isEmpty();
        });
  }

  /** Starts the agent. */
  void startNow() throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(Child.command("agent", "--config", config.toString()));
    agent = new Child(folder.resolve("agent.log"), environment, command);
  }

  Child agent() {
    return agent;
  }

  /** Starts the process that keeps its device over the death of its agent. */
  void startKeeper() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    keeper =
        new Child(
            folder.resolve("keeper.log"),
            Map.of(),
            KeeperMain.command(java, System.getProperty("java.class.path"), keeperSocket));
    Await.that(20, "the keeper is ready", keeper::words, () -> keeper.words().contains("ready"));
  }

  Child keeper() {
    return keeper;
  }

  /** What its agent said. */
  String words() {
    try {
      Path log = folder.resolve("agent.log");
      return name()
          + ":\n"
          + (Files.exists(log) ? Files.readString(log) : "")
          + (keeper == null ? "" : keeper.words());
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  /** An answer: exit status, what was said, the facts. */
  record Said(int status, String text, Map<String, String> facts) {
    boolean ok() {
      return status == 0;
    }
  }

  /** Asks the agent through its socket. */
  Said ask(String command, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("mirror." + command, MIRROR));
    words.addAll(List.of(options));
    return ask(words);
  }

  /** Asks for a step of a backup: freeze or thaw. */
  Said backup(String command, String disks, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("backup." + command, "disks=" + disks));
    words.addAll(List.of(options));
    return ask(words);
  }

  /** The same, of any command. */
  Said ask(List<String> words) throws IOException {
    StringBuilder text = new StringBuilder();
    ControlClient.Result result =
        ControlClient.ask(
            control,
            "en",
            words,
            new ControlClient.Listener() {
              @Override
              public void line(String line) {
                text.append(line).append('\n');
              }

              @Override
              public void error(String line) {
                text.append(line).append('\n');
              }
            });
    return new Said(result.status(), text.toString(), result.facts());
  }

  /** The same; it must succeed. */
  Said must(String command, String... options) throws IOException {
    Said said = ask(command, options);
    assertThat(said.status()).as(name() + " " + command + ": " + said.text()).isZero();
    return said;
  }

  /** Facts of the status; empty if nobody answers. */
  Map<String, String> facts() {
    try {
      return ask("status").facts();
    } catch (IOException e) {
      return Map.of();
    }
  }

  String fact(String name) {
    return facts().getOrDefault(name, "");
  }

  /** Asks until the command succeeds. */
  void until(int seconds, String command, String... options) throws Exception {
    Said[] last = new Said[1];
    Await.that(
        seconds,
        name() + " " + command,
        () -> (last[0] == null ? "" : last[0].text()) + words(),
        () -> {
          last[0] = ask(command, options);
          return last[0].ok();
        });
  }

  /** Ends the backup mode of an image here, as the operator does on each server. */
  void flagOff(int seconds) throws Exception {
    Said[] last = new Said[1];
    Await.that(
        seconds,
        name() + " backup.flag-off",
        () -> (last[0] == null ? "" : last[0].text()) + words(),
        () -> {
          last[0] = ask(List.of("backup.flag-off", "md1"));
          return last[0].status() == 0;
        });
  }

  /** Waits for a fact of the status. */
  void await(int seconds, String fact, String value) throws Exception {
    Await.that(
        seconds,
        name() + " has " + fact + " = " + value,
        () -> facts() + "\n" + words(),
        () -> value.equals(fact(fact)));
  }

  /** Runs the command line itself beside the agent; returns its exit status and words. */
  Said command(String... words) throws Exception {
    Child child = begin(words);
    int status = child.exit();
    return new Said(status, child.words(), Map.of());
  }

  /** Begins to run the command line. */
  Child begin(String... words) throws IOException {
    Path log = Files.createTempFile(folder, "command", ".log");
    List<String> all = new ArrayList<>(List.of("mirror", "--agent", control.toString()));
    all.addAll(List.of(words));
    Child child = new Child(log, Map.of(), all.toArray(String[]::new));
    others.add(child);
    return child;
  }

  void close() throws IOException, InterruptedException {
    for (Child c : others) {
      c.close();
    }
    try {
      if (agent != null) {
        agent.close();
      }
    } finally {
      if (keeper != null) {
        keeper.close();
      }
    }
  }
}

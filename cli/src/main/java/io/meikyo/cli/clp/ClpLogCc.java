// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code clplogcc}: collects what helps to understand what happened: logs, status, configuration of
 * this server, and what the other servers say of themselves. Only what is named here is taken, and
 * keys, tokens and passwords are taken out ({@link Redaction}).
 */
@Command(
    name = "clplogcc",
    description = {
      "Collects logs, status and configuration of this server into one archive.",
      "Keys, tokens and passwords are not in it."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpLogCc implements Callable<Integer> {
  private static final int FILE_MAX = 8 << 20;
  private static final int PROGRAM_SECONDS = 30;

  /** Files of the state folder; none of its keys. */
  private static final List<String> STATE =
      List.of(
          "events.log",
          "events.log.1",
          "meikyo.toml",
          "former.toml",
          "first.toml",
          "agent.toml",
          "member.journal");

  private static final Map<String, List<String>> PROGRAMS = programs();

  private final ClpContext context;
  private final List<String> missing = new ArrayList<>();

  @Option(
      names = "-o",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where the archive is put. Default: this folder.")
  private Path folder;

  ClpLogCc(ClpContext context) {
    this.context = context;
  }

  private static Map<String, List<String>> programs() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put(
        "journal.txt",
        List.of(
            "journalctl",
            "--no-pager",
            "--lines=20000",
            "--unit=meikyo",
            "--unit=meikyo-agent",
            "--unit=meikyo-keeper"));
    all.put("kernel.txt", List.of("dmesg"));
    all.put("system.txt", List.of("uname", "-a"));
    all.put("addresses.txt", List.of("ip", "address"));
    all.put("routes.txt", List.of("ip", "route"));
    all.put("disks.txt", List.of("lsblk", "--bytes", "--all"));
    all.put("mounts.txt", List.of("cat", "/proc/mounts"));
    all.put("memory.txt", List.of("cat", "/proc/meminfo"));
    return all;
  }

  @Override
  public Integer call() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    ask(files, "status.json", "/v1/status", "all", "1");
    ask(files, "why.json", "/v1/why");
    ask(files, "events.json", "/v1/events", "all", "1", "lines", "1000");
    config(files);
    for (String name : STATE) {
      Path file = context.state().resolve(name);
      if (Files.isRegularFile(file)) {
        put(files, "state/" + name, tail(file));
      }
    }
    for (Map.Entry<String, List<String>> program : PROGRAMS.entrySet()) {
      run(files, program.getKey(), program.getValue());
    }
    String about = "Collected " + Instant.now() + "\n" + String.join("\n", missing) + "\n";
    put(files, "missing.txt", about);
    Path archive = folder.resolve(server() + "-log.tar.gz");
    write(archive, files);
    context.out().println(archive.toString());
    context.succeeded();
    return Clp.WORKED;
  }

  /** Whatever does not come is named in the archive: it is collected when things are not well. */
  private void ask(Map<String, byte[]> files, String name, String path, String... query) {
    try {
      HttpSeam.Response r =
          context.api().ask(new HttpSeam.Request("GET", path, ApiClient.query(query), ""));
      put(files, name, r.json());
    } catch (IOException e) {
      missing.add(path + ": " + e.getMessage());
    }
  }

  /** As lines, since what must not be in it is found by line and table. */
  private void config(Map<String, byte[]> files) {
    try {
      HttpSeam.Response r =
          context.api().ask(new HttpSeam.Request("GET", "/v1/config", Map.of(), ""));
      put(files, "config.toml", String.valueOf(JsonText.object(r.json()).get("text")));
    } catch (IOException e) {
      missing.add("/v1/config: " + e.getMessage());
    }
  }

  private static void put(Map<String, byte[]> files, String name, String text) {
    files.put(name, Redaction.of(text).getBytes(StandardCharsets.UTF_8));
  }

  private static String tail(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    int from = Math.max(0, all.length - FILE_MAX);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }

  private void run(Map<String, byte[]> files, String name, List<String> words) throws IOException {
    Path said = Files.createTempFile("meikyo-collect", ".txt");
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      if (!process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        missing.add(words + ": not ended after " + PROGRAM_SECONDS + " s");
      }
      put(files, name, tail(said));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } catch (IOException e) {
      missing.add(words + ": " + e.getMessage());
    } finally {
      Files.delete(said);
    }
  }

  private String server() {
    try {
      return context.look(false).self();
    } catch (IOException e) {
      missing.add("name of this server: " + e.getMessage());
      return "server";
    }
  }

  private static void write(Path archive, Map<String, byte[]> files) throws IOException {
    Files.deleteIfExists(archive);
    Files.createFile(
        archive,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(archive, StandardOpenOption.WRITE);
        TarFile tar = new TarFile(out, Instant.now().getEpochSecond())) {
      for (Map.Entry<String, byte[]> f : files.entrySet()) {
        tar.add(f.getKey(), f.getValue());
      }
    }
  }
}

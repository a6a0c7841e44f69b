// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.witness;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the witness knows, in one file that is replaced as a whole and durable before it is told:
 *
 * <pre>
 *   meikyo-witness 1 INCARNATION
 *   claim CLUSTER GROUP SERVER     this server goes on from this consensus group
 *   newest CLUSTER SERVER          this server has the newest data, and nobody else surely has
 * </pre>
 *
 * A file that is not there is begun anew with another incarnation, so that nobody takes an emptied
 * table for one in which nothing was claimed. Any thread.
 */
public final class WitnessTable {
  private static final String HEAD = "meikyo-witness 1 ";

  private final Path file;
  private final UUID incarnation;
  private final Map<String, String> claims = new LinkedHashMap<>();
  private final Map<UUID, String> newest = new LinkedHashMap<>();

  /**
   * What became of a claim.
   *
   * @param winner who has the group; null if nobody
   * @param newest who alone surely has the newest data; null if that is not known
   */
  public record Claimed(boolean won, @Nullable String winner, @Nullable String newest) {}

  /**
   * Opens the table or begins it.
   *
   * @param fresh incarnation of a table that is begun
   * @throws IOException if the file is there and is none, or cannot be written
   */
  public WitnessTable(Path file, UUID fresh) throws IOException {
    this.file = file;
    if (!Files.exists(file)) {
      incarnation = fresh;
      write();
      return;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    try {
      if (lines.isEmpty() || !lines.getFirst().startsWith(HEAD) || !lines.getLast().equals("end")) {
        throw new IllegalArgumentException("not a whole table");
      }
      incarnation = UUID.fromString(lines.getFirst().substring(HEAD.length()));
      for (String line : lines.subList(1, lines.size() - 1)) {
        read(line.split(" ", -1));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private void read(String[] words) {
    if (words.length == 4 && words[0].equals("claim")) {
      claims.put(key(UUID.fromString(words[1]), UUID.fromString(words[2])), words[3]);
    } else if (words.length == 3 && words[0].equals("newest")) {
      newest.put(UUID.fromString(words[1]), words[2]);
    } else {
      throw new IllegalArgumentException(String.join(" ", words));
    }
  }

  private static String key(UUID cluster, UUID group) {
    return cluster + " " + group;
  }

  /** Changes when the table has forgotten everything. */
  public UUID incarnation() {
    return incarnation;
  }

  /**
   * Compare and set: the first server that asks gets the group, and only that one ever after.
   *
   * @param sure it knows by the state of the cluster that it has the newest data; else none but the
   *     one that has them gets it, if that is known here
   */
  public synchronized Claimed claim(UUID cluster, UUID group, String server, boolean sure)
      throws IOException {
    String key = key(cluster, group);
    String holder = claims.get(key);
    String best = newest.get(cluster);
    if (holder != null) {
      return new Claimed(holder.equals(server), holder, best);
    }
    if (!sure && best != null && !best.equals(server)) {
      return new Claimed(false, null, best);
    }
    claims.put(key, server);
    newest.put(cluster, server);
    try {
      write();
    } catch (IOException e) {
      claims.remove(key);
      if (best == null) {
        newest.remove(cluster);
      } else {
        newest.put(cluster, best);
      }
      throw e;
    }
    return new Claimed(true, server, server);
  }

  /** Who has a group; nothing is taken. */
  public synchronized Claimed holder(UUID cluster, UUID group, String server) {
    String holder = claims.get(key(cluster, group));
    return new Claimed(server.equals(holder), holder, newest.get(cluster));
  }

  /** Both servers have the newest data again, or only this one. */
  public synchronized void newest(UUID cluster, @Nullable String server) throws IOException {
    String before = server == null ? newest.remove(cluster) : newest.put(cluster, server);
    if (before == null ? server == null : before.equals(server)) {
      return;
    }
    try {
      write();
    } catch (IOException e) {
      if (before == null) {
        newest.remove(cluster);
      } else {
        newest.put(cluster, before);
      }
      throw e;
    }
  }

  private void write() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(HEAD + incarnation);
    claims.forEach((key, server) -> lines.add("claim " + key + " " + server));
    newest.forEach((cluster, server) -> lines.add("newest " + cluster + " " + server));
    lines.add("end");
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n");
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}

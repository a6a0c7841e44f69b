// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.base.Invariant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What this member knows of its groups, in one small text file that is replaced as a whole. The
 * truth of "sealed": what the file says here is so, wherever the group's folder stands.
 *
 * <pre>
 * meikyo groups 1
 * member server1#3
 * group 0b5e… CREATED
 * end 1f3a70c2
 * </pre>
 *
 * <p>{@code end} carries the CRC-32C of the lines above it. For one thread at a time.
 */
final class GroupJournal {
  /** What became of a group. */
  enum Stage {
    /** Being made by this member; nobody else can know it yet. */
    CREATING,
    /** Being made, for others to fill. */
    JOINING,
    /** Here; this member made it, alone. */
    CREATED,
    /** Here; made by another. */
    JOINED,
    /** Left for ever. */
    SEALED,
    /** Left for ever, and its files put aside. */
    RETIRED;

    private static final Map<Stage, Set<Stage>> FROM =
        Map.of(
            CREATED, Set.of(CREATING),
            JOINED, Set.of(JOINING),
            SEALED, Set.of(CREATED, JOINED),
            RETIRED, Set.of(SEALED));

    boolean mayFollow(@Nullable Stage before) {
      return before == null
          ? this == CREATING || this == JOINING
          : FROM.getOrDefault(this, Set.of()).contains(before);
    }

    boolean isHere() {
      return this == CREATED || this == JOINED;
    }
  }

  private static final String TITLE = "meikyo groups 1";

  private final Path file;
  private final String member;
  private final TreeMap<UUID, Stage> groups = new TreeMap<>();

  private GroupJournal(Path file, String member) {
    this.file = file;
    this.member = member;
  }

  /**
   * Reads the journal; if there is none, makes an empty one.
   *
   * @throws IOException if it is damaged, or another member's
   */
  static GroupJournal open(Path file, String member) throws IOException {
    GroupJournal journal = new GroupJournal(file, member);
    if (Files.exists(file)) {
      journal.read();
    } else {
      journal.write();
    }
    return journal;
  }

  private void read() throws IOException {
    String text = Files.readString(file);
    int end = text.lastIndexOf("end ");
    if (end < 0 || !text.substring(end).strip().equals("end " + crc(text.substring(0, end)))) {
      throw new IOException(file + " is damaged");
    }
    List<String> lines = text.substring(0, end).lines().toList();
    if (lines.size() < 2 || !lines.getFirst().equals(TITLE)) {
      throw new IOException(file + " is in a format unknown here");
    }
    if (!lines.get(1).equals("member " + member)) {
      throw new IOException(file + " is of another " + lines.get(1) + ", not of " + member);
    }
    for (String line : lines.subList(2, lines.size())) {
      List<String> words = List.of(line.split(" ", -1));
      groups.put(UUID.fromString(words.get(1)), Stage.valueOf(words.get(2)));
    }
  }

  private void write() throws IOException {
    String text =
        groups.entrySet().stream()
            .map(group -> "group " + group.getKey() + " " + group.getValue() + "\n")
            .collect(Collectors.joining("", TITLE + "\nmember " + member + "\n", ""));
    StateFile.replace(
        file, ByteBuffer.wrap((text + "end " + crc(text) + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(java.util.Locale.ROOT, "%08x", (int) crc.getValue());
  }

  @Nullable Stage stage(UUID group) {
    return groups.get(group);
  }

  Set<UUID> all() {
    return Set.copyOf(groups.keySet());
  }

  /** Notes a step; durable when it returns. */
  void note(UUID group, Stage next) throws IOException {
    Stage before = groups.get(group);
    Invariant.check(next.mayFollow(before), "a group goes one step further");
    groups.put(group, next);
    try {
      write();
    } catch (IOException e) {
      restore(group, before);
      throw e;
    }
  }

  /** Forgets one whose making was broken off. */
  void forget(UUID group) throws IOException {
    groups.remove(group);
    write();
  }

  private void restore(UUID group, @Nullable Stage before) {
    if (before == null) {
      groups.remove(group);
    } else {
      groups.put(group, before);
    }
  }
}

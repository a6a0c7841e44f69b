// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.base.Json;
import io.meikyo.core.partition.CutStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a backup's folder holds: {@code manifest.json}, written last, so that a folder without it
 * holds no backup. The format stands in docs/backup-images.md.
 *
 * <p>The text ends with a SHA-256 of everything before it, over the JSON in one line: whoever
 * changes a figure by hand is found.
 *
 * @param id the cut in hexadecimal
 * @param takenAtMillis wall clock of the cut, ms since 1970
 * @param completedAtMillis wall clock at the end
 * @param server who wrote it
 * @param by who wanted it
 * @param cluster id of the cluster
 * @param product version of what wrote it
 */
public record Manifest(
    String id,
    long takenAtMillis,
    long completedAtMillis,
    String server,
    String by,
    UUID cluster,
    String product,
    List<Disk> disks) {
  /** Its name in the folder. */
  public static final String FILE = "manifest.json";

  private static final String FORMAT = "meikyo-backup";
  private static final long VERSION = 1;
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,250}");
  private static final Pattern HEX_ID = Pattern.compile("[1-9a-f][0-9a-f]{0,15}");
  private static final Pattern HEX_64 = Pattern.compile("[0-9a-f]{64}");

  /** Freezes the list. */
  public Manifest {
    disks = List.copyOf(disks);
  }

  /**
   * One mirror disk.
   *
   * @param diskId identity of the mirror disk
   * @param replica number of the replica that it was read from
   * @param active the server on which it was active
   * @param bytes size
   * @param generation line of data at the cut, hexadecimal
   * @param epoch at the cut
   * @param verdict whether the replicas were equal at the cut
   * @param digest of what changed since the last proven cut, 32 hexadecimal digits
   * @param provenAtMillis when the whole disk was last compared, ms since 1970; 0: not known to the
   *     server that wrote this, which may not have been the active one
   * @param heldMicros how long writes were held
   * @param stalledMicros how long its file systems stood still
   */
  public record Disk(
      String name,
      UUID diskId,
      int replica,
      String active,
      long bytes,
      String generation,
      long epoch,
      CutStatus verdict,
      String digest,
      long provenAtMillis,
      long heldMicros,
      long stalledMicros,
      Part data,
      Part cluster) {}

  /**
   * A file beside the manifest.
   *
   * @param sha256 of its bytes, holes read as zeros
   */
  public record Part(String file, long bytes, String sha256) {}

  // ---- out

  /** The text of the file. */
  public String text() {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("format", FORMAT);
    m.put("version", VERSION);
    m.put("id", id);
    m.put("takenAt", Instant.ofEpochMilli(takenAtMillis).toString());
    m.put("completedAt", Instant.ofEpochMilli(completedAtMillis).toString());
    m.put("server", server);
    m.put("by", by);
    m.put("cluster", cluster.toString());
    m.put("product", product);
    m.put("disks", disks.stream().map(Manifest::map).toList());
    m.put("check", check(m));
    return Json.of(m) + "\n";
  }

  private static Map<String, @Nullable Object> map(Disk d) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("name", d.name);
    m.put("diskId", d.diskId.toString());
    m.put("replica", d.replica);
    m.put("active", d.active);
    m.put("bytes", d.bytes);
    m.put("generation", d.generation);
    m.put("epoch", d.epoch);
    m.put("verdict", d.verdict.name());
    m.put("digest", d.digest);
    m.put(
        "provenAt",
        d.provenAtMillis == 0 ? null : Instant.ofEpochMilli(d.provenAtMillis).toString());
    m.put("heldMicros", d.heldMicros);
    m.put("stalledMicros", d.stalledMicros);
    m.put("data", map(d.data));
    m.put("clusterPartition", map(d.cluster));
    return m;
  }

  private static Map<String, @Nullable Object> map(Part p) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("file", p.file);
    m.put("bytes", p.bytes);
    m.put("sha256", p.sha256);
    return m;
  }

  private static String check(Map<String, @Nullable Object> all) {
    byte[] line = Json.line(all).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(ImageWriter.sha256().digest(line));
  }

  // ---- in

  /** Reads the text; throws {@link IllegalArgumentException} with what is wrong with it. */
  public static Manifest parse(String text) {
    Map<String, @Nullable Object> m = JsonText.object(text);
    if (!FORMAT.equals(m.get("format"))) {
      throw new IllegalArgumentException("it is no manifest of a backup");
    }
    if (!Long.valueOf(VERSION).equals(m.get("version"))) {
      throw new IllegalArgumentException("version " + m.get("version") + " is not known");
    }
    Object check = m.remove("check");
    if (!check(m).equals(check)) {
      throw new IllegalArgumentException("it was changed: its check sum does not fit");
    }
    String id = text(m, "id");
    if (!HEX_ID.matcher(id).matches()) {
      throw new IllegalArgumentException("the id is " + id);
    }
    List<Disk> disks = new ArrayList<>();
    if (m.get("disks") instanceof List<?> list) {
      list.forEach(each -> disks.add(disk(object(each, "disks"))));
    }
    if (disks.isEmpty()) {
      throw new IllegalArgumentException("it names no mirror disk");
    }
    return new Manifest(
        id,
        time(m, "takenAt"),
        time(m, "completedAt"),
        text(m, "server"),
        text(m, "by"),
        uuid(m, "cluster"),
        text(m, "product"),
        disks);
  }

  private static Disk disk(Map<String, @Nullable Object> m) {
    return new Disk(
        text(m, "name"),
        uuid(m, "diskId"),
        (int) number(m, "replica"),
        text(m, "active"),
        number(m, "bytes"),
        text(m, "generation"),
        number(m, "epoch"),
        verdict(text(m, "verdict")),
        text(m, "digest"),
        m.get("provenAt") == null ? 0 : time(m, "provenAt"),
        number(m, "heldMicros"),
        number(m, "stalledMicros"),
        part(object(m.get("data"), "data")),
        part(object(m.get("clusterPartition"), "clusterPartition")));
  }

  private static Part part(Map<String, @Nullable Object> m) {
    String file = text(m, "file");
    if (!PLAIN_NAME.matcher(file).matches()) {
      throw new IllegalArgumentException("a file is called " + file);
    }
    String sha = text(m, "sha256");
    if (!HEX_64.matcher(sha).matches()) {
      throw new IllegalArgumentException("the hash of " + file + " is " + sha);
    }
    return new Part(file, number(m, "bytes"), sha);
  }

  private static CutStatus verdict(String name) {
    return switch (name) {
      case "PROVEN" -> CutStatus.PROVEN;
      case "UNPROVEN" -> CutStatus.UNPROVEN;
      default -> throw new IllegalArgumentException("the verdict is " + name);
    };
  }

  private static Map<String, @Nullable Object> object(@Nullable Object value, String name) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException(name + " is missing");
    }
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    map.forEach((k, v) -> named.put(String.valueOf(k), v));
    return named;
  }

  private static String text(Map<String, @Nullable Object> m, String name) {
    if (m.get(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(name + " is missing");
  }

  private static long number(Map<String, @Nullable Object> m, String name) {
    if (m.get(name) instanceof Long number && number >= 0) {
      return number;
    }
    throw new IllegalArgumentException(name + " is missing, or no number");
  }

  private static long time(Map<String, @Nullable Object> m, String name) {
    String text = text(m, name);
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new IllegalArgumentException(name + " is " + text, e);
    }
  }

  private static UUID uuid(Map<String, @Nullable Object> m, String name) {
    String text = text(m, name);
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " is " + text, e);
    }
  }
}

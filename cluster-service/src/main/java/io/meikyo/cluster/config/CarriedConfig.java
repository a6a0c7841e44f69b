// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster partition carries of its cluster (rule R13): who the cluster and its mirror disks
 * are, and the configuration as it was applied.
 *
 * <p>As text: lines that begin with {@code #: }, then the configuration to the byte. To whoever
 * reads TOML those lines are comments. The same contents give the same text.
 *
 * <pre>
 * #: meikyo 1
 * #: cluster UUID
 * #: disk NAME UUID       one line for each mirror disk, by name
 * #: end
 * </pre>
 *
 * @param cluster id of the cluster
 * @param disks id of each mirror disk by its name
 * @param text {@code meikyo.toml}
 */
public record CarriedConfig(UUID cluster, Map<String, UUID> disks, String text) {
  private static final String MARK = "#: ";
  private static final String FORM = MARK + "meikyo 1";
  private static final String END = MARK + "end";
  private static final int DISKS_MAX = 1000;

  /** Freezes the map. */
  public CarriedConfig {
    disks = Map.copyOf(disks);
  }

  /** As text. */
  public String encode() {
    StringBuilder out = new StringBuilder(FORM).append('\n');
    out.append(MARK).append("cluster ").append(cluster).append('\n');
    new TreeMap<>(disks)
        .forEach((name, id) ->
            out.append(MARK).append("disk ").append(name).append(' ').append(id).append('\n'));
    return out.append(END).append('\n').append(text).toString();
  }

  /** Reads the bytes of a copy; null if they are none that was written so. */
  public static @Nullable CarriedConfig decode(byte[] bytes) {
    try {
      return decode(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException | IllegalArgumentException e) {
      // Not a text, or an id that is none: nothing of ours.
      return null;
    }
  }

  private static @Nullable CarriedConfig decode(String all) {
    UUID cluster = null;
    Map<String, UUID> disks = new TreeMap<>();
    int from = 0;
    for (int lines = 0; lines < DISKS_MAX; lines++) {
      int end = all.indexOf('\n', from);
      if (end < 0) {
        return null;
      }
      String line = all.substring(from, end);
      from = end + 1;
      if (lines == 0) {
        if (!line.equals(FORM)) {
          return null;
        }
      } else if (line.equals(END)) {
        return cluster == null ? null : new CarriedConfig(cluster, disks, all.substring(from));
      } else {
        String[] words = line.split(" ", -1);
        if (words.length == 3 && line.startsWith(MARK + "cluster ")) {
          cluster = UUID.fromString(words[2]);
        } else if (words.length == 4 && line.startsWith(MARK + "disk ")) {
          disks.put(words[2], UUID.fromString(words[3]));
        } else {
          return null;
        }
      }
    }
    return null;
  }
}

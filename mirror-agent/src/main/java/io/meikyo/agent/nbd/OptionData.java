// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the data of options. Every method returns null for what is not well-formed. */
final class OptionData {
  private OptionData() {}

  /**
   * INFO and GO.
   *
   * @param infos the numbers of what the client wants to know
   */
  record Wanted(String name, List<Integer> infos) {}

  /** LIST_META_CONTEXT and SET_META_CONTEXT. */
  record Contexts(String name, List<String> queries) {}

  static @Nullable Wanted wanted(ByteBuffer data) {
    String name = text(data);
    if (name == null || data.remaining() < 2) {
      return null;
    }
    int count = Short.toUnsignedInt(data.getShort());
    if (data.remaining() != count * 2) {
      return null;
    }
    List<Integer> infos = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      infos.add(Short.toUnsignedInt(data.getShort()));
    }
    return new Wanted(name, infos);
  }

  static @Nullable Contexts contexts(ByteBuffer data) {
    String name = text(data);
    if (name == null || data.remaining() < 4) {
      return null;
    }
    long count = Integer.toUnsignedLong(data.getInt());
    List<String> queries = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      String query = text(data);
      if (query == null) {
        return null;
      }
      queries.add(query);
    }
    return data.hasRemaining() ? null : new Contexts(name, queries);
  }

  /** A length of 32 bits and that many bytes of UTF-8. */
  private static @Nullable String text(ByteBuffer data) {
    if (data.remaining() < 4) {
      return null;
    }
    int length = data.getInt();
    if (length < 0 || length > data.remaining()) {
      return null;
    }
    return rest(data, length);
  }

  /** The next bytes as text. */
  static String rest(ByteBuffer data, int length) {
    byte[] bytes = new byte[length];
    data.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

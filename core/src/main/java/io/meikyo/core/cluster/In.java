// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link Out} wrote.
 *
 * <p>Throws {@link IllegalArgumentException} for bytes that are none of ours; nothing is allocated
 * for sizes that cannot be.
 */
final class In {
  private final ByteBuffer in;

  In(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
  }

  private void need(int bytes) {
    if (bytes < 0 || in.remaining() < bytes) {
      throw new IllegalArgumentException("ends after " + in.limit() + " bytes");
    }
  }

  void end() {
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes too many");
    }
  }

  int u8() {
    need(1);
    return Byte.toUnsignedInt(in.get());
  }

  boolean bool() {
    return switch (u8()) {
      case 0 -> false;
      case 1 -> true;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  int i32() {
    need(4);
    return in.getInt();
  }

  long i64() {
    need(8);
    return in.getLong();
  }

  UUID uuid() {
    return new UUID(i64(), i64());
  }

  String text() {
    return new String(raw(i32()), StandardCharsets.UTF_8);
  }

  @Nullable String maybe() {
    return bool() ? text() : null;
  }

  byte[] raw(int bytes) {
    need(bytes);
    byte[] data = new byte[bytes];
    in.get(data);
    return data;
  }

  private int size() {
    int size = i32();
    need(size);
    return size;
  }

  <T> List<T> list(Supplier<T> each) {
    int size = size();
    List<T> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(each.get());
    }
    return values;
  }

  <K extends Comparable<K>, V> SortedMap<K, V> map(Supplier<K> key, Supplier<V> value) {
    int size = size();
    SortedMap<K, V> values = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      values.put(key.get(), value.get());
    }
    return values;
  }

  <E extends Enum<E>> E named(E[] values) {
    String name = text();
    for (E value : values) {
      if (value.name().equals(name)) {
        return value;
      }
    }
    throw new IllegalArgumentException("nothing is called " + name);
  }
}

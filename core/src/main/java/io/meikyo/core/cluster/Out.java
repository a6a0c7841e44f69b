// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes values one after the other into bytes that grow. Numbers are big-endian; text is its
 * length in bytes (4), then UTF-8; a list or map is its size (4), then its entries in order.
 */
final class Out {
  private byte[] bytes = new byte[512];
  private int size;

  private ByteBuffer room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
    ByteBuffer at = ByteBuffer.wrap(bytes, size, more);
    size += more;
    return at;
  }

  byte[] done() {
    return Arrays.copyOf(bytes, size);
  }

  Out u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  Out bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  Out i32(int value) {
    room(4).putInt(value);
    return this;
  }

  Out i64(long value) {
    room(8).putLong(value);
    return this;
  }

  Out uuid(UUID id) {
    return i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  Out text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    i32(utf8.length);
    room(utf8.length).put(utf8);
    return this;
  }

  Out maybe(@Nullable String text) {
    return text == null ? bool(false) : bool(true).text(text);
  }

  /** A constant by its name: constants may be added, moved, and never renamed. */
  Out word(Enum<?> constant) {
    return text(constant.name());
  }

  Out raw(byte[] data) {
    room(data.length).put(data);
    return this;
  }

  <T> Out list(Collection<T> values, Consumer<T> each) {
    i32(values.size());
    values.forEach(each);
    return this;
  }

  <K, V> Out map(Map<K, V> values, BiConsumer<K, V> each) {
    i32(values.size());
    values.forEach(each);
    return this;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import org.jspecify.annotations.Nullable;

/**
 * What came out of bytes.
 *
 * @param <T> the value that was looked for
 */
public sealed interface Decoded<T> {

  /** The bytes are whole and say this. */
  record Ok<T>(T value) implements Decoded<T> {}

  /** Nothing but zeros: never written, or wiped. */
  record Empty<T>() implements Decoded<T> {}

  /**
   * The bytes are not what was looked for.
   *
   * @param flaw what is wrong
   * @param found the number that is wrong, if the flaw is about a number
   * @param expected what it should be, or its limit
   */
  record Bad<T>(Flaw flaw, long found, long expected) implements Decoded<T> {}

  /** The value if there is one. */
  default @Nullable T orNull() {
    return this instanceof Ok<T> ok ? ok.value() : null;
  }

  /** A flaw without numbers. */
  static <T> Decoded<T> bad(Flaw flaw) {
    return new Bad<>(flaw, 0, 0);
  }

  /** A flaw with the number that was found and the one that was expected. */
  static <T> Decoded<T> bad(Flaw flaw, long found, long expected) {
    return new Bad<>(flaw, found, expected);
  }
}

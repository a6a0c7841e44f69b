// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import io.meikyo.core.base.Invariant;
import java.util.Arrays;
import java.util.List;

/** A value of a key that takes one of some words. Implemented by enums. */
public interface Choice {
  /** The word in the file. */
  String word();

  /** All words of an enum, in its order. */
  static <E extends Enum<E> & Choice> List<String> words(Class<E> type) {
    return Arrays.stream(type.getEnumConstants()).map(Choice::word).toList();
  }

  /** The value of a word that is known to be one of its words. */
  static <E extends Enum<E> & Choice> E of(Class<E> type, String word) {
    for (E value : type.getEnumConstants()) {
      if (value.word().equals(word)) {
        return value;
      }
    }
    throw new Invariant.Broken("a word of " + type.getSimpleName() + ": " + word);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

/** The legal steps of a state machine: as the code has them, and as docs/engine.md shows them. */
final class Transitions {
  private Transitions() {}

  /** All pairs, walked. */
  static <E extends Enum<E>> Map<E, List<E>> inCode(Class<E> states, BiPredicate<E, E> legal) {
    Map<E, List<E>> steps = new EnumMap<>(states);
    for (E from : states.getEnumConstants()) {
      List<E> to = new ArrayList<>();
      for (E next : states.getEnumConstants()) {
        if (legal.test(from, next)) {
          to.add(next);
        }
      }
      steps.put(from, to);
    }
    return steps;
  }

  /** The table whose first column has this name and the second is "may become". */
  static <E extends Enum<E>> Map<E, List<E>> onPage(String what, Class<E> states) {
    Map<E, List<E>> steps = new EnumMap<>(states);
    for (Map<String, String> row : DocTables.table("docs/engine.md", what, "may become")) {
      List<E> to =
          Stream.of(row.get("may become").split(", "))
              .filter(name -> !name.isBlank())
              .map(name -> Enum.valueOf(states, name))
              .sorted()
              .toList();
      steps.put(Enum.valueOf(states, row.get(what)), to);
    }
    return steps;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.Choice;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the value of a key is. */
public sealed interface KeyType {

  /** What may be written, for people; the same in every language. */
  String allowed();

  /** The value of what was written, or null if it is none of this type. Only for simple types. */
  default @Nullable Object read(Object written) {
    return null;
  }

  /** What was probably meant by something that cannot be read, as it is to be written; or null. */
  default @Nullable String meant(Object written) {
    return null;
  }

  /** A value that stands in where a needed one cannot be read, so that the rest can be judged. */
  Object standIn();

  /** A value as it is written in a file. */
  default String show(Object value) {
    return Toml.text(String.valueOf(value));
  }

  /**
   * Text.
   *
   * @param rule what it must look like
   */
  record Text(TextRule rule) implements KeyType {
    @Override
    public String allowed() {
      return rule.shape();
    }

    @Override
    public @Nullable Object read(Object written) {
      return written instanceof String text && rule.accepts(text) ? text : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      if (!(written instanceof String text)) {
        return read(written.toString()) == null ? null : show(written.toString());
      }
      String better =
          switch (rule) {
            case NETWORK -> text + (text.indexOf(':') >= 0 ? "/64" : "/24");
            case IP -> text.indexOf('/') < 0 ? text : text.substring(0, text.indexOf('/'));
            case UNIT -> text + ".service";
            case URL -> "https://" + text;
            default -> text.strip();
          };
      return rule.accepts(better) ? show(better) : null;
    }

    @Override
    public Object standIn() {
      return switch (rule) {
        case IP, IP_OR_NETWORK -> "0.0.0.0";
        case NETWORK -> "0.0.0.0/1";
        case HOST_PORT, ENDPOINT -> "0.0.0.0:1";
        case URL -> "http://0.0.0.0";
        default -> "";
      };
    }
  }

  /** True or false. */
  record Flag() implements KeyType {
    @Override
    public String allowed() {
      return "true | false";
    }

    @Override
    public @Nullable Object read(Object written) {
      return written instanceof Boolean ? written : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      return switch (written.toString()) {
        case "true", "yes", "on", "1", "True", "TRUE" -> "true";
        case "false", "no", "off", "0", "False", "FALSE" -> "false";
        default -> null;
      };
    }

    @Override
    public Object standIn() {
      return false;
    }

    @Override
    public String show(Object value) {
      return value.toString();
    }
  }

  /**
   * A whole number.
   *
   * @param min smallest
   * @param max largest
   */
  record Whole(long min, long max) implements KeyType {
    @Override
    public String allowed() {
      return min + " … " + max;
    }

    @Override
    public @Nullable Object read(Object written) {
      return written instanceof Long n && n >= min && n <= max ? n : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      long number = written instanceof String s ? Units.bytes(s + "B") : -1;
      return number >= 0 && read(number) != null ? String.valueOf(number) : null;
    }

    @Override
    public Object standIn() {
      return min;
    }

    @Override
    public String show(Object value) {
      return value.toString();
    }
  }

  /**
   * A duration, ns.
   *
   * @param min shortest
   * @param max longest
   */
  record Duration(long min, long max) implements KeyType {
    @Override
    public String allowed() {
      return show(min) + " … " + show(max);
    }

    @Override
    public @Nullable Object read(Object written) {
      long nanos = written instanceof String text ? Units.nanos(text) : -1;
      return nanos >= min && nanos <= max ? (Object) nanos : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      return withUnit(this, written.toString(), Units.timeUnits(), "s");
    }

    @Override
    public Object standIn() {
      return min;
    }

    @Override
    public String show(Object value) {
      return Toml.text(Units.duration((Long) value));
    }
  }

  /**
   * A size, bytes.
   *
   * @param min smallest
   * @param max largest
   */
  record Size(long min, long max) implements KeyType {
    @Override
    public String allowed() {
      return show(min) + " … " + show(max);
    }

    @Override
    public @Nullable Object read(Object written) {
      long bytes = written instanceof String text ? Units.bytes(text) : -1;
      return bytes >= min && bytes <= max ? (Object) bytes : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      return withUnit(this, written.toString(), Units.sizeUnits(), "B");
    }

    @Override
    public Object standIn() {
      return min;
    }

    @Override
    public String show(Object value) {
      return Toml.text(Units.size((Long) value));
    }
  }

  /**
   * One of some words.
   *
   * @param words the words
   */
  record OneOf(List<String> words) implements KeyType {
    /** Freezes the list. */
    public OneOf {
      words = List.copyOf(words);
    }

    /** The words of an enum. */
    public static <E extends Enum<E> & Choice> OneOf of(Class<E> type) {
      return new OneOf(Choice.words(type));
    }

    @Override
    public String allowed() {
      return String.join(" | ", words.stream().map(Toml::text).toList());
    }

    @Override
    public @Nullable Object read(Object written) {
      return written instanceof String text && words.contains(text) ? text : null;
    }

    @Override
    public @Nullable String meant(Object written) {
      String near = Words.nearest(written.toString(), words);
      return near == null ? null : show(near);
    }

    @Override
    public Object standIn() {
      return words.getFirst();
    }
  }

  /**
   * A list of values.
   *
   * @param of what is in it
   * @param min fewest
   * @param max most
   */
  record Many(KeyType of, int min, int max) implements KeyType {
    @Override
    public String allowed() {
      return "[" + of.allowed() + ", …]";
    }

    @Override
    public @Nullable String meant(Object written) {
      Object one = of.read(written);
      return one == null ? null : "[" + of.show(one) + "]";
    }

    @Override
    public Object standIn() {
      return List.of();
    }

    @Override
    public String show(Object value) {
      List<String> all = ((List<?>) value).stream().map(v -> of.show(String.valueOf(v))).toList();
      return "[" + String.join(", ", all) + "]";
    }
  }

  /** Names and values, both text, in a table of their own. */
  record TextMap() implements KeyType {
    @Override
    public String allowed() {
      return "{ NAME = \"…\" }";
    }

    @Override
    public Object standIn() {
      return Map.of();
    }

    @Override
    public String show(Object value) {
      List<String> all =
          ((Map<?, ?>) value)
              .entrySet().stream()
                  .map(e ->
                      Toml.key(e.getKey().toString()) + " = " + Toml.text(e.getValue().toString()))
                  .toList();
      return all.isEmpty() ? "{}" : "{ " + String.join(", ", all) + " }";
    }
  }

  /**
   * A table.
   *
   * @param form its keys
   */
  record Sub(Form form) implements KeyType {
    @Override
    public String allowed() {
      return "[" + form.header() + "]";
    }

    /** Only that it is a table: what it needs is for whoever knows its form. */
    @Override
    public Object standIn() {
      return new Filled();
    }
  }

  /**
   * Tables, each under a header of its own.
   *
   * @param form the keys of each
   * @param min fewest
   * @param max most
   */
  record Rows(Form form, int min, int max) implements KeyType {
    @Override
    public String allowed() {
      return "[[" + form.header() + "]]";
    }

    @Override
    public Object standIn() {
      return List.of();
    }
  }

  /** The number with a unit that was probably meant. */
  private static @Nullable String withUnit(
      KeyType type, String written, List<String> units, String usual) {
    int digits = 0;
    while (digits < written.length() && Character.isDigit(written.charAt(digits))) {
      digits++;
    }
    String number = written.substring(0, digits);
    String unit = written.substring(digits).strip();
    String near = unit.isEmpty() ? usual : Words.nearest(unit, units);
    if (near != null && type.read(number + near) != null) {
      return Toml.text(number + near);
    }
    return units.stream()
        .filter(u -> unit.isEmpty() && type.read(number + u) != null)
        .findFirst()
        .map(u -> Toml.text(number + u))
        .orElse(null);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** As much of JSON Schema (draft 7) as ours uses; a word that it does not know is an error. */
final class SchemaValidator {
  private static final Set<String> WORDS =
      Set.of(
          "$schema",
          "title",
          "description",
          "definitions",
          "default",
          "type",
          "properties",
          "required",
          "additionalProperties",
          "oneOf",
          "const",
          "enum",
          "pattern",
          "minimum",
          "maximum",
          "items",
          "minItems",
          "maxItems",
          "uniqueItems",
          "$ref");

  private final Map<?, ?> root;

  SchemaValidator(Map<String, @Nullable Object> root) {
    this.root = root;
  }

  /** What the schema refuses in a value: its places, with the word that refuses it. */
  List<String> refuses(Object value) {
    List<String> found = new ArrayList<>();
    check(value, root, "", found);
    return found;
  }

  private void check(Object value, Map<?, ?> schema, String at, List<String> found) {
    for (Object word : schema.keySet()) {
      if (!WORDS.contains(word.toString())) {
        throw new IllegalArgumentException("unknown word " + word + " at " + at);
      }
    }
    if (schema.get("$ref") instanceof String reference) {
      String name = reference.substring("#/definitions/".length());
      check(value, map(map(root.get("definitions")).get(name)), at, found);
      return;
    }
    if (schema.get("type") instanceof String type && !isOf(type, value)) {
      found.add(at + " type " + type);
      return;
    }
    if (schema.get("oneOf") instanceof List<?> options) {
      int fits = 0;
      for (Object option : options) {
        List<String> inner = new ArrayList<>();
        check(value, map(option), at, inner);
        fits += inner.isEmpty() ? 1 : 0;
      }
      if (fits != 1) {
        found.add(at + " oneOf " + fits);
      }
    }
    if (schema.containsKey("const") && !value.equals(schema.get("const"))) {
      found.add(at + " const");
    }
    if (schema.get("enum") instanceof List<?> words && !words.contains(value)) {
      found.add(at + " enum");
    }
    if (schema.get("pattern") instanceof String pattern
        && !Pattern.compile(pattern).matcher(value.toString()).find()) {
      found.add(at + " pattern");
    }
    if (value instanceof Long number) {
      if (number < limit(schema, "minimum", Long.MIN_VALUE)
          || number > limit(schema, "maximum", Long.MAX_VALUE)) {
        found.add(at + " range");
      }
    }
    if (value instanceof List<?> list) {
      items(list, schema, at, found);
    }
    if (value instanceof Map<?, ?> table) {
      table(table, schema, at, found);
    }
  }

  private void items(List<?> list, Map<?, ?> schema, String at, List<String> found) {
    if (list.size() < limit(schema, "minItems", 0)
        || list.size() > limit(schema, "maxItems", Long.MAX_VALUE)) {
      found.add(at + " number of items");
    }
    if (Boolean.TRUE.equals(schema.get("uniqueItems"))
        && new HashSet<>(list).size() != list.size()) {
      found.add(at + " uniqueItems");
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      for (int i = 0; i < list.size(); i++) {
        check(list.get(i), items, at + "[" + i + "]", found);
      }
    }
  }

  private void table(Map<?, ?> table, Map<?, ?> schema, String at, List<String> found) {
    if (schema.get("required") instanceof List<?> required) {
      required.stream()
          .filter(key -> !table.containsKey(key))
          .forEach(key -> found.add(at + "." + key + " required"));
    }
    if (!schema.containsKey("properties") && !schema.containsKey("additionalProperties")) {
      return;
    }
    Map<?, ?> properties =
        schema.containsKey("properties") ? map(schema.get("properties")) : Map.of();
    table.forEach((key, value) -> {
      String path = at + "." + key;
      if (properties.containsKey(key)) {
        check(value, map(properties.get(key)), path, found);
      } else if (schema.get("additionalProperties") instanceof Map<?, ?> others) {
        check(value, others, path, found);
      } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
        found.add(path + " additionalProperties");
      }
    });
  }

  private static boolean isOf(String type, Object value) {
    return switch (type) {
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "integer" -> value instanceof Long;
      case "boolean" -> value instanceof Boolean;
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static long limit(Map<?, ?> schema, String word, long otherwise) {
    return schema.get(word) instanceof Number n ? n.longValue() : otherwise;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }
}

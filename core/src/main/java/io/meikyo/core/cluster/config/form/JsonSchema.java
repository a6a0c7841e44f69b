// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.base.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The forms as a JSON Schema (draft 7, which editors of TOML know). What it refuses, {@link
 * FormCheck} refuses too; limits of durations and sizes, and what must fit together, are beyond it.
 */
public final class JsonSchema {
  private static final String DRAFT = "http://json-schema.org/draft-07/schema#";

  private final Map<String, @Nullable Object> definitions = new LinkedHashMap<>();

  private JsonSchema() {}

  /** The schema as text, with a line end at the end. */
  public static String text() {
    return Json.of(value()) + "\n";
  }

  /** The schema as maps and lists. */
  public static Map<String, @Nullable Object> value() {
    return new JsonSchema().root();
  }

  private Map<String, @Nullable Object> root() {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("$schema", DRAFT);
    schema.put("title", "meikyo.toml");
    schema.putAll(table(ConfigForms.ROOT));
    schema.put("definitions", definitions);
    return schema;
  }

  private Map<String, @Nullable Object> table(Form form) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("description", form.about());
    if (form.kindKey().isEmpty()) {
      schema.putAll(kind(form, "", true));
      return schema;
    }
    String kindKey = form.kindKey().get();
    Object standard = form.key("", kindKey).map(k -> k.standard("")).orElse(null);
    List<Object> kinds = new ArrayList<>();
    for (String kind : form.kinds()) {
      kinds.add(kind(form, kind, kind.equals(standard)));
    }
    if (form.key("", kindKey).map(k -> k.absence() instanceof Key.Derived).orElse(false)) {
      kinds.add(kind(form, "", true));
    }
    schema.put("type", "object");
    schema.put("oneOf", kinds);
    return schema;
  }

  /** A table of one kind; {@code byDefault}: also if the key of its kind is left out. */
  private Map<String, @Nullable Object> kind(Form form, String kind, boolean byDefault) {
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    String kindKey = form.kindKey().orElse("");
    for (Key key : form.keys(kind)) {
      boolean isKind = key.name().equals(kindKey);
      if (isKind && kind.isEmpty()) {
        continue;
      }
      properties.put(key.name(), isKind ? isKind(key, kind) : property(form, key, kind));
      if (key.absence() instanceof Key.Required || (isKind && !byDefault)) {
        required.add(key.name());
      }
    }
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("additionalProperties", false);
    return schema;
  }

  private static Map<String, @Nullable Object> isKind(Key key, String kind) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("description", key.about());
    schema.put("const", kind);
    return schema;
  }

  /** A key; those that all kinds share stand once, among the definitions. */
  private Map<String, @Nullable Object> property(Form form, Key key, String kind) {
    if (form.kindKey().isEmpty()
        || !form.common().contains(key)
        || key.absence() instanceof Key.ByKind) {
      return key(key, kind);
    }
    String name = form.header() + "." + key.name();
    definitions.computeIfAbsent(name, n -> key(key, kind));
    Map<String, @Nullable Object> reference = new LinkedHashMap<>();
    reference.put("$ref", "#/definitions/" + name);
    return reference;
  }

  private Map<String, @Nullable Object> key(Key key, String kind) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>(type(key.type()));
    if (!(key.type() instanceof KeyType.Sub)) {
      schema.put("description", key.about());
    }
    Object standard = key.standard(kind);
    if (standard != null) {
      schema.put("default", standard);
    }
    return schema;
  }

  private Map<String, @Nullable Object> type(KeyType type) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    switch (type) {
      case KeyType.Text text -> {
        schema.put("type", "string");
        schema.put("pattern", text.rule().pattern());
      }
      case KeyType.Flag _ -> schema.put("type", "boolean");
      case KeyType.Whole whole -> {
        schema.put("type", "integer");
        schema.put("minimum", whole.min());
        schema.put("maximum", whole.max());
      }
      case KeyType.Duration _ -> {
        schema.put("type", "string");
        schema.put("pattern", units(Units.timeUnits()));
      }
      case KeyType.Size _ -> {
        schema.put("type", "string");
        schema.put("pattern", units(Units.sizeUnits()));
      }
      case KeyType.OneOf words -> schema.put("enum", words.words());
      case KeyType.Many many -> {
        schema.put("type", "array");
        schema.put("items", type(many.of()));
        schema.put("minItems", many.min());
        schema.put("maxItems", many.max());
        schema.put("uniqueItems", true);
      }
      case KeyType.TextMap _ -> {
        schema.put("type", "object");
        schema.put("additionalProperties", Map.of("type", "string"));
      }
      case KeyType.Sub sub -> schema.putAll(table(sub.form()));
      case KeyType.Rows rows -> {
        schema.put("type", "array");
        schema.put("items", table(rows.form()));
        schema.put("minItems", rows.min());
        schema.put("maxItems", rows.max());
      }
    }
    return schema;
  }

  private static String units(List<String> units) {
    return "^[0-9]{1,18}(" + String.join("|", units) + ")$";
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The document of the API says what the routes are and what they answer, and nothing else. */
class OpenApiTest {
  private final OneMember member = new OneMember();
  private final Map<String, @Nullable Object> document =
      JsonText.object(member.ask("GET", "/openapi").json());

  @AfterEach
  void close() {
    member.close();
  }

  private static Map<?, ?> map(@Nullable Object value) {
    assertThat(value).isInstanceOf(Map.class);
    return (Map<?, ?>) value;
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> all ? all : List.of();
  }

  /** Per method and path, the parameters of the query that the document names. */
  private Map<String, Set<String>> documented() {
    Map<String, Set<String>> all = new TreeMap<>();
    map(document.get("paths"))
        .forEach((path, operations) ->
            map(operations)
                .forEach((method, operation) -> {
                  Set<String> names = new TreeSet<>();
                  Set<String> variables = new TreeSet<>();
                  for (Object p : list(map(operation).get("parameters"))) {
                    Map<?, ?> parameter = followed(p);
                    boolean query = "query".equals(parameter.get("in"));
                    (query ? names : variables).add(String.valueOf(parameter.get("name")));
                  }
                  for (String variable : variables) {
                    assertThat(String.valueOf(path)).contains("{" + variable + "}");
                  }
                  String key = String.valueOf(method).toUpperCase(java.util.Locale.ROOT);
                  all.put(key + " " + path, names);
                }));
    return all;
  }

  private Map<?, ?> followed(@Nullable Object schema) {
    Map<?, ?> m = map(schema);
    if (m.get("$ref") instanceof String ref) {
      Object at = document;
      for (String word : ref.substring(2).split("/", -1)) {
        at = map(at).get(word);
      }
      return map(at);
    }
    return m;
  }

  @Test
  void everyRouteIsInTheDocumentAndNoOther() {
    Map<String, Set<String>> real = new TreeMap<>();
    for (Route route : member.routes.routes()) {
      Set<String> names = new TreeSet<>(route.parameters());
      names.addAll(Route.COMMON);
      real.put(route.method() + " " + route.path(), names);
    }
    assertThat(documented()).isEqualTo(real);
  }

  @Test
  void theDocumentIsWhole() {
    assertThat(document.get("openapi")).isEqualTo("3.1.0");
    Set<Object> ids = new java.util.HashSet<>();
    map(document.get("paths"))
        .forEach((path, operations) ->
            map(operations)
                .forEach((method, operation) -> {
                  Map<?, ?> o = map(operation);
                  assertThat(o.get("summary")).as(path + " " + method).isNotNull();
                  assertThat(ids.add(o.get("operationId"))).isTrue();
                  Map<?, ?> done = map(map(o.get("responses")).get("200"));
                  Map<?, ?> json = map(map(done.get("content")).get("application/json"));
                  assertThat(followed(json.get("schema"))).isNotEmpty();
                }));
  }

  @Test
  void whatIsAnsweredIsAsTheDocumentSays() throws Exception {
    member.await(v -> {
      var g = v.state().groups().get("failover1");
      return g != null && g.phase() == Phase.ONLINE;
    });
    answers("GET", "/v1/status", "Status");
    answers("GET", "/v1/why", "Said");
    answers("GET", "/v1/events", "Events");
    answers("GET", "/v1/config", "Config");
    member.images.views.add(
        new ImageJobs.View(
            "a1",
            ImageJobs.State.WRITING,
            List.of("md1"),
            "me",
            1000,
            5,
            10,
            CutStatus.NONE,
            Path.of("/backup/a1"),
            List.of()));
    answers("GET", "/v1/backups", "BackupList");
    answers("GET", "/v1/backups/a1", "BackupEntry");
    answers("POST", "/v1/cluster/suspend", "Said");
    String text = Files.readString(Path.of("../docs/examples/meikyo.toml"));
    HttpSeam.Response applied =
        member.ask("PUT", "/v1/config", text, new String[] {"force", "true"});
    assertThat(applied.status()).isEqualTo(200);
    fits("Applied", JsonText.object(applied.json()), schema("Applied"));
  }

  private Map<?, ?> schema(String name) {
    return map(map(map(document.get("components")).get("schemas")).get(name));
  }

  private void answers(String method, String path, String schema) {
    HttpSeam.Response r = member.ask(method, path);
    assertThat(r.status()).as(r.json()).isEqualTo(200);
    fits(path, JsonText.object(r.json()), schema(schema));
  }

  /** The value is of the type, has all that is required, and nothing that is not described. */
  private void fits(String where, @Nullable Object value, Map<?, ?> rawSchema) {
    Map<?, ?> schema = followed(rawSchema);
    List<?> choices = list(schema.get("anyOf"));
    if (!choices.isEmpty()) {
      if (value != null) {
        fits(where, value, map(choices.getFirst()));
      }
      return;
    }
    Object type = schema.get("type");
    List<Object> types = new ArrayList<>(list(type));
    if (type instanceof String) {
      types.add(type);
    }
    assertThat(types).as(where).contains(typeOf(value));
    if (schema.get("enum") instanceof List<?> words) {
      assertThat(words.contains(value)).as(where + " is " + value).isTrue();
    }
    if (value instanceof List<?> all && schema.get("items") instanceof Map<?, ?> items) {
      for (Object each : all) {
        fits(where + "[]", each, items);
      }
    }
    if (value instanceof Map<?, ?> fields) {
      fields(where, fields, schema);
    }
  }

  private void fields(String where, Map<?, ?> fields, Map<?, ?> schema) {
    for (Object name : list(schema.get("required"))) {
      assertThat(fields.containsKey(name)).as(where + " lacks " + name).isTrue();
    }
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      fields.forEach((name, value) -> {
        assertThat(properties.containsKey(name)).as(where + "." + name).isTrue();
        fits(where + "." + name, value, map(properties.get(name)));
      });
    } else if (schema.get("additionalProperties") instanceof Map<?, ?> each) {
      fields.forEach((name, value) -> fits(where + "." + name, value, each));
    }
  }

  private static String typeOf(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> m -> "object";
      case List<?> l -> "array";
      case Boolean b -> "boolean";
      case Long n -> "integer";
      case Double d -> "number";
      default -> "string";
    };
  }
}

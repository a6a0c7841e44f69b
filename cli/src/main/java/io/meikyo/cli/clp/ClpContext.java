// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a command works with.
 *
 * @param api the cluster service of this server
 * @param agent the mirror agent of this server
 * @param out for what worked
 * @param err for what did not
 * @param in for confirmations
 * @param language tag of the language in which reasons are said
 * @param state folder of this server's state
 * @param pause lets a moment pass between two looks; false: it is enough
 */
public record ClpContext(
    Api api,
    Agent agent,
    PrintWriter out,
    PrintWriter err,
    BufferedReader in,
    String language,
    Path state,
    BooleanSupplier pause) {

  /** The cluster service. */
  public interface Api {
    /** Asks; throws if nobody answers. */
    HttpSeam.Response ask(HttpSeam.Request request) throws IOException;
  }

  /** The mirror agent. */
  public interface Agent {
    /** Says something to it, and gives what it said wrong; status 0 means done. */
    int ask(List<String> words, List<String> errors) throws IOException;
  }

  /** What came of an order. */
  record Answer(boolean worked, List<String> said) {}

  Answer order(String method, String path, String body, String... query) {
    Map<String, String> all = new LinkedHashMap<>(ApiClient.query(query));
    all.put("lang", language);
    try {
      HttpSeam.Response r = api.ask(new HttpSeam.Request(method, path, all, body));
      return new Answer(r.status() == 200, texts(r.json()));
    } catch (IOException e) {
      return new Answer(false, List.of(silent(e)));
    }
  }

  Answer post(String path, String... query) {
    return order("POST", path, "", query);
  }

  private static String silent(IOException e) {
    return "The cluster service of this server does not answer: " + e.getMessage();
  }

  private static List<String> texts(String json) {
    return texts(JsonText.object(json));
  }

  /** The sentences of an answer. */
  static List<String> texts(Map<String, @Nullable Object> answer) {
    List<String> lines = new ArrayList<>();
    if (answer.get("notices") instanceof List<?> notices) {
      for (Object n : notices) {
        if (n instanceof Map<?, ?> notice && notice.get("text") instanceof List<?> text) {
          text.forEach(t -> lines.add(String.valueOf(t)));
        }
      }
    }
    return lines;
  }

  /** The whole cluster as this server sees it; with {@code all}, what the others say too. */
  ClusterPicture look(boolean all) throws IOException {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("lang", language);
    if (all) {
      query.put("all", "1");
    }
    try {
      HttpSeam.Response r = api.ask(new HttpSeam.Request("GET", "/v1/status", query, ""));
      if (r.status() == 200) {
        return new ClusterPicture(JsonText.object(r.json()));
      }
      throw new IOException(String.join("\n", texts(r.json())));
    } catch (IOException e) {
      throw new IOException(silent(e), e);
    }
  }

  void succeeded() {
    out.println("Command succeeded.");
  }

  /** Says that it did not work, and why. */
  void failed(String... why) {
    out.flush();
    for (String line : why) {
      err.println(line);
    }
    err.println("Command failed.");
    err.flush();
  }

  /** One line per server; returns whether it worked. */
  boolean each(String verb, String server, Answer answer) {
    if (answer.worked()) {
      out.println(verb + " " + server + " : Command succeeded.");
    } else {
      out.flush();
      err.println(verb + " " + server + " : Command failed.");
      answer.said().forEach(line -> err.println("  " + line));
      err.flush();
    }
    return answer.worked();
  }
}

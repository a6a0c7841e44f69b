// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be asked for.
 *
 * @param path with variables, such as <code>/v1/groups/{group}/start</code>
 * @param parameters that its query may have beside {@link #COMMON}; others are refused
 */
record Route(String method, String path, Set<String> parameters, Handler handler) {
  /** Which member is to answer, in which language. */
  static final Set<String> COMMON = Set.of("at", "lang");

  /** Carries out what was asked for. */
  interface Handler {
    Response handle(Call call) throws InterruptedException, ExecutionException, TimeoutException;
  }

  Route {
    parameters = Collections.unmodifiableSet(new TreeSet<>(parameters));
  }

  static Route of(String method, String path, Handler handler, String... parameters) {
    return new Route(method, path, new TreeSet<>(List.of(parameters)), handler);
  }

  /** What stands in the place of the variables; null if this is another route. */
  @Nullable Map<String, String> match(Request r) {
    String[] mine = path.split("/", -1);
    String[] asked = r.path().split("/", -1);
    if (!method.equals(r.method()) || mine.length != asked.length) {
      return null;
    }
    Map<String, String> variables = new LinkedHashMap<>();
    for (int i = 0; i < mine.length; i++) {
      if (mine[i].startsWith("{")) {
        variables.put(mine[i].substring(1, mine[i].length() - 1), asked[i]);
      } else if (!mine[i].equals(asked[i])) {
        return null;
      }
    }
    return variables;
  }

  /** A parameter of the query that this route does not know; null if there is none. */
  @Nullable String stranger(Request r) {
    return r.query().keySet().stream()
        .sorted()
        .filter(name -> !COMMON.contains(name) && !parameters.contains(name))
        .findFirst()
        .orElse(null);
  }
}

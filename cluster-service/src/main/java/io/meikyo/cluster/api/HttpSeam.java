// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import java.util.Map;

/** What the routes know of HTTP: no more than this. */
public interface HttpSeam {
  /** Status of HTTP: done. */
  int OK = 200;

  /**
   * A request.
   *
   * @param method in capitals
   * @param path decoded, begins with a slash
   * @param query first value of each parameter
   * @param body text; empty if there is none
   */
  record Request(String method, String path, Map<String, String> query, String body) {
    /** Freezes the query. */
    public Request {
      query = Map.copyOf(query);
    }

    /** A parameter; empty if it is not there. */
    public String parameter(String name) {
      return query.getOrDefault(name, "");
    }
  }

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param json body
   */
  record Response(int status, String json) {}

  /** Answers; may block, on a thread of the request. */
  Response handle(Request request);
}

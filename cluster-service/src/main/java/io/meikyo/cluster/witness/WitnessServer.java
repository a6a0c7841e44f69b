// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.witness;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.base.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The witness on the network: three requests under one path.
 *
 * <pre>
 *   GET  PATH/v1/witness                           → {incarnation}
 *   POST PATH/v1/claim   {incarnation, cluster, group, server}
 *                                                  → {won, winner, newest, …}
 *                        with "look": true only who has it is told, and nothing is taken
 *                        with "sure": true it is given also if another one is noted as the newest
 *   POST PATH/v1/newest  {incarnation, cluster, server or ""}
 *                                                  → {incarnation}
 * </pre>
 *
 * Status 409: the incarnation is not ours, and nothing was done. It has no users: who knows the
 * path may ask. Put a secret into the path, and a proxy with TLS before it where strangers listen.
 */
public final class WitnessServer implements AutoCloseable {
  private static final long BODY_MAX = 4096;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{0,64}");

  private final WitnessTable table;
  private final String path;
  private final WebServer server;

  private record Said(int status, Map<String, @Nullable Object> body) {}

  /**
   * Serves at once.
   *
   * @param path before everything; empty, or begins with a slash
   */
  public WitnessServer(InetSocketAddress address, String path, WitnessTable table) {
    this.table = table;
    this.path = path;
    server =
        WebServer.builder()
            .shutdownHook(false)
            .host(address.getHostString())
            .port(address.getPort())
            .maxPayloadSize(BODY_MAX)
            .routing(r -> r.any(this::serve))
            .build()
            .start();
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  private void serve(ServerRequest request, ServerResponse response) {
    Said said;
    try {
      String body = request.content().hasEntity() ? request.content().as(String.class) : "{}";
      said = said(request.prologue().method().text() + " " + request.path().path(), body);
    } catch (IOException e) {
      said = new Said(503, Map.of("why", String.valueOf(e.getMessage())));
    } catch (IllegalArgumentException e) {
      said = new Said(400, Map.of("why", String.valueOf(e.getMessage())));
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>(said.body());
    body.put("incarnation", table.incarnation().toString());
    response.status(Status.create(said.status()));
    response.header(HeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
    response.send(Json.of(body));
  }

  private Said said(String what, String json) throws IOException {
    if (what.equals("GET " + path + "/v1/witness")) {
      return new Said(200, Map.of());
    }
    boolean claim = what.equals("POST " + path + "/v1/claim");
    if (!claim && !what.equals("POST " + path + "/v1/newest")) {
      return new Said(404, Map.of("why", "no such path"));
    }
    Map<String, @Nullable Object> m = JsonText.object(json);
    if (!table.incarnation().toString().equals(m.get("incarnation"))) {
      return new Said(409, Map.of("why", "another incarnation"));
    }
    UUID cluster = UUID.fromString(String.valueOf(m.get("cluster")));
    String name = String.valueOf(m.get("server"));
    if (!NAME.matcher(name).matches() || (claim && name.isEmpty())) {
      throw new IllegalArgumentException("not the name of a server");
    }
    if (!claim) {
      table.newest(cluster, name.isEmpty() ? null : name);
      return new Said(200, Map.of());
    }
    UUID group = UUID.fromString(String.valueOf(m.get("group")));
    WitnessTable.Claimed c =
        Boolean.TRUE.equals(m.get("look"))
            ? table.holder(cluster, group, name)
            : table.claim(cluster, group, name, Boolean.TRUE.equals(m.get("sure")));
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("won", c.won());
    answer.put("winner", c.winner());
    answer.put("newest", c.newest());
    return new Said(200, answer);
  }

  @Override
  public void close() {
    server.stop();
  }
}

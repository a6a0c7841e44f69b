// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.witness;

import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.base.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The way to the witness. Calls block, at most for the timeout. Any thread. */
public final class WitnessClient implements AutoCloseable {
  private final String url;
  private final Duration timeout;
  private final HttpClient http;

  /** The witness has forgotten what it knew: it is another one. */
  public static final class OtherIncarnation extends IOException {
    private static final long serialVersionUID = 1;

    OtherIncarnation(String incarnation) {
      super("it is of another incarnation (" + incarnation + "): it has lost its table");
    }
  }

  /** What the witness says to a claim. */
  public record Claimed(boolean won, String winner, String newest) {}

  /** A way to this address. */
  public WitnessClient(String url, Duration timeout) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.timeout = timeout;
    // No offer to go on in HTTP/2: a proxy before the witness may not know what to do with it.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  /** Its incarnation. */
  public UUID incarnation() throws IOException, InterruptedException {
    return UUID.fromString(String.valueOf(ask("/v1/witness", null).get("incarnation")));
  }

  /**
   * Claims a group for a server.
   *
   * @param look true: only ask who has it
   * @param sure it is known here that this server has the newest data
   */
  public Claimed claim(
      UUID incarnation, UUID cluster, UUID group, String server, boolean look, boolean sure)
      throws IOException, InterruptedException {
    Map<String, @Nullable Object> said =
        ask(
            "/v1/claim",
            Map.of(
                "incarnation",
                incarnation.toString(),
                "cluster",
                cluster.toString(),
                "group",
                group.toString(),
                "server",
                server,
                "look",
                look,
                "sure",
                sure));
    return new Claimed(
        Boolean.TRUE.equals(said.get("won")), text(said.get("winner")), text(said.get("newest")));
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  /** Says who alone has the newest data; empty: both servers have it. */
  public void newest(UUID incarnation, UUID cluster, String server)
      throws IOException, InterruptedException {
    var _ =
        ask(
            "/v1/newest",
            Map.of(
                "incarnation",
                incarnation.toString(),
                "cluster",
                cluster.toString(),
                "server",
                server));
  }

  private Map<String, @Nullable Object> ask(
      String path, @Nullable Map<String, @Nullable Object> body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path)).timeout(timeout);
    HttpResponse<String> answer =
        http.send(
            body == null
                ? request.GET().build()
                : request.POST(BodyPublishers.ofString(Json.of(body))).build(),
            BodyHandlers.ofString());
    Map<String, @Nullable Object> said;
    try {
      said = JsonText.object(answer.body());
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no witness: status " + answer.statusCode(), e);
    }
    if (answer.statusCode() == 409) {
      throw new OtherIncarnation(text(said.get("incarnation")));
    }
    if (answer.statusCode() != 200) {
      throw new IOException(url + ": status " + answer.statusCode() + " " + said.get("why"));
    }
    return said;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}

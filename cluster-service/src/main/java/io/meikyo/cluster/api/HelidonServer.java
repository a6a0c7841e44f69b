// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;

/** The seam on a Unix socket. */
public final class HelidonServer implements AutoCloseable {
  private static final long BODY_MAX = 4L << 20;

  private final WebServer server;

  /**
   * Serves at once.
   *
   * @param socket a file that a dead process left there is replaced; its folder is for its owner
   *     only
   */
  public HelidonServer(Path socket, HttpSeam seam) throws IOException {
    Files.createDirectories(
        socket.toAbsolutePath().getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.deleteIfExists(socket);
    server =
        WebServer.builder()
            .shutdownHook(false)
            .bindAddress(UnixDomainSocketAddress.of(socket))
            .maxPayloadSize(BODY_MAX)
            .routing(r -> r.any((request, response) -> serve(seam, request, response)))
            .build()
            .start();
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
  }

  private static void serve(HttpSeam seam, ServerRequest request, ServerResponse response) {
    Map<String, String> query = new LinkedHashMap<>();
    for (String name : request.query().names()) {
      query.put(name, request.query().get(name));
    }
    String body = request.content().hasEntity() ? request.content().as(String.class) : "";
    HttpSeam.Response answer =
        seam.handle(
            new HttpSeam.Request(
                request.prologue().method().text(), request.path().path(), query, body));
    response.status(Status.create(answer.status()));
    response.header(HeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
    response.send(answer.json());
  }

  @Override
  public void close() {
    server.stop();
  }
}

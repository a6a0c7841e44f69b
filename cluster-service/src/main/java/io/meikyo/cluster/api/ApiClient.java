// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Asks the cluster service of this server: one request per connection, HTTP/1.1 over its Unix
 * socket (the JDK's client knows no Unix sockets). Blocks; any thread.
 */
public final class ApiClient {
  private final Path socket;

  /** For this socket; nothing is opened yet. */
  public ApiClient(Path socket) {
    this.socket = socket;
  }

  /** A parameter of a query, as text. */
  public static Map<String, String> query(String... namesAndValues) {
    Map<String, String> query = new LinkedHashMap<>();
    for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
      query.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return query;
  }

  /**
   * Asks.
   *
   * @throws IOException if no service is there, or it ends before it has answered
   */
  public HttpSeam.Response ask(String method, String path, Map<String, String> query, String body)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      byte[] content = body.getBytes(StandardCharsets.UTF_8);
      String head =
          method
              + " "
              + path
              + suffix(query)
              + " HTTP/1.1\r\nHost: meikyo\r\nConnection: close\r\nContent-Length: "
              + content.length
              + "\r\n\r\n";
      write(channel, head.getBytes(StandardCharsets.US_ASCII));
      write(channel, content);
      return answer(new BufferedInputStream(Channels.newInputStream(channel)));
    }
  }

  private static String suffix(Map<String, String> query) {
    StringBuilder text = new StringBuilder();
    query.forEach((name, value) -> {
      text.append(text.isEmpty() ? '?' : '&').append(name).append('=');
      text.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    });
    return text.toString();
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static HttpSeam.Response answer(InputStream in) throws IOException {
    String[] first = line(in).split(" ", 3);
    if (first.length < 2 || !first[0].startsWith("HTTP/1.")) {
      throw new IOException("no HTTP answer");
    }
    int length = -1;
    boolean chunked = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring("content-length:".length()).strip());
      }
      chunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
    }
    byte[] body = chunked ? chunks(in) : length >= 0 ? in.readNBytes(length) : in.readAllBytes();
    return new HttpSeam.Response(
        Integer.parseInt(first[1]), new String(body, StandardCharsets.UTF_8));
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
      if (size == 0) {
        return all.toByteArray();
      }
      all.write(in.readNBytes(size));
      line(in);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the answer ended too early");
      }
      if (c != '\r') {
        text.write(c);
      }
    }
    return text.toString(StandardCharsets.US_ASCII);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The beginning of a PostgreSQL connection, protocol 3.0.
 *
 * <pre>
 *  we:   bytes 4 | version 3.0 = 196608 4 | "user" 0 NAME 0 "database" 0 NAME 0 0
 *  it:   'R' bytes 4 | …                   who are you?, or: welcome
 *        'E' bytes 4 | fields: letter, text, 0 … | 0
 *                                        'C': a code of five characters, 'M': the text
 * </pre>
 */
final class PostgresGreeting {
  private static final int VERSION_3 = 196608;
  private static final int ANSWER_BYTES_MAX = 64 << 10;

  private PostgresGreeting() {}

  /**
   * What it said.
   *
   * @param takesConnections true if it would take one, from somebody else perhaps
   */
  record Said(boolean takesConnections, String text) {}

  /**
   * Connects, greets, and hangs up.
   *
   * @param millis for connecting and for the answer, each
   */
  static Said greet(String host, int port, String user, String database, int millis)
      throws IOException {
    if (host.startsWith("/")) {
      UnixDomainSocketAddress path = UnixDomainSocketAddress.of(Path.of(host, ".s.PGSQL." + port));
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(path);
        return said(
            new DataInputStream(Channels.newInputStream(channel)),
            Channels.newOutputStream(channel),
            user,
            database);
      }
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), millis);
      socket.setSoTimeout(millis);
      return said(
          new DataInputStream(socket.getInputStream()), socket.getOutputStream(), user, database);
    }
  }

  private static Said said(DataInputStream in, OutputStream out, String user, String database)
      throws IOException {
    byte[] words =
        ("user\0" + user + "\0database\0" + database + "\0\0").getBytes(StandardCharsets.UTF_8);
    out.write(
        ByteBuffer.allocate(8 + words.length)
            .putInt(8 + words.length)
            .putInt(VERSION_3)
            .put(words)
            .array());
    out.flush();
    byte kind = in.readByte();
    int bytes = in.readInt() - 4;
    if (kind == 'R') {
      return new Said(true, "it takes connections");
    }
    if (kind != 'E' || bytes < 0 || bytes > ANSWER_BYTES_MAX) {
      throw new IOException("this is no PostgreSQL server");
    }
    byte[] fields = in.readNBytes(bytes);
    return judged(new String(fields, StandardCharsets.UTF_8));
  }

  /**
   * A server that starts, stops or has no room (classes 57 and 53) takes no connections. One that
   * does not like our name or database works.
   */
  private static Said judged(String fields) {
    String code = "";
    String text = "";
    for (String field : fields.split("\0", -1)) {
      if (field.startsWith("C")) {
        code = field.substring(1);
      } else if (field.startsWith("M")) {
        text = field.substring(1);
      }
    }
    return new Said(!code.startsWith("57") && !code.startsWith("53"), text + " (" + code + ")");
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection to the ledger. One thread. */
final class LedgerLine implements AutoCloseable {
  static final int PORT = 7777;
  private static final int CONNECT_MILLIS = 100;

  private final Socket socket;
  private final BufferedReader in;

  /**
   * Connects, or fails within a tenth of a second.
   *
   * @param silenceMillis longest wait for an answer
   */
  LedgerLine(String host, int silenceMillis) throws IOException {
    this(host, PORT, silenceMillis);
  }

  /** The same at another port. */
  LedgerLine(String host, int port, int silenceMillis) throws IOException {
    socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(silenceMillis);
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Says a line and waits for one. */
  String ask(String line) throws IOException {
    socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    return next();
  }

  private String next() throws IOException {
    @Nullable String answer = in.readLine();
    if (answer == null) {
      throw new IOException("the connection ended");
    }
    return answer;
  }

  /** All rows of a client. */
  List<String> rows(String client) throws IOException {
    List<String> rows = new ArrayList<>();
    for (String row = ask("rows " + client); !row.equals("end"); row = next()) {
      rows.add(row);
    }
    return rows;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

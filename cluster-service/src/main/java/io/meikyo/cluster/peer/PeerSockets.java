// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Makes the connections between cluster services: plain, or under mutual TLS. Any thread. */
public interface PeerSockets {
  /**
   * A connection.
   *
   * @param raw below; closing it ends everything at once, whoever waits in it
   * @param inside what is read and written
   */
  record Wire(Socket raw, Socket inside) {
    /** Ends it. */
    void hangUp() {
      try {
        raw.close();
      } catch (IOException e) {
        // It is of no use in any case.
      }
    }
  }

  /** Whoever is at the other end is not believed. */
  final class NotBelieved extends IOException {
    private static final long serialVersionUID = 1;

    /** With the reason in a few words. */
    public NotBelieved(String why) {
      super(why);
    }
  }

  /**
   * Calls a member; blocks until the connection stands, and under TLS until it has shown that it is
   * the member of this name.
   *
   * @param timeoutMillis longest wait, for the connection and for the handshake
   * @throws NotBelieved if somebody else answers
   */
  Wire call(InetSocketAddress address, String member, int timeoutMillis) throws IOException;

  /**
   * Our side of a connection that somebody made to us; blocks, under TLS until he has shown that he
   * is a server of our cluster.
   *
   * @param timeoutMillis longest wait
   * @throws NotBelieved if he is not
   */
  Wire called(Socket raw, int timeoutMillis) throws IOException;

  /** Throws if the caller, as the connection proves him, is not the member of this name. */
  void check(Wire called, String member) throws NotBelieved;

  /**
   * Judges a standing connection by what is believed now.
   *
   * @param wasCalled we are the one that was called
   */
  void again(Wire wire, boolean wasCalled) throws NotBelieved;

  /** Listens. */
  static ServerSocket listen(InetSocketAddress address) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(address);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Connects. */
  static Socket connect(InetSocketAddress address, int timeoutMillis) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, timeoutMillis);
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Without encryption: for links that are trusted as they are. */
  static PeerSockets plain() {
    return new PeerSockets() {
      @Override
      public Wire call(InetSocketAddress address, String member, int timeoutMillis)
          throws IOException {
        Socket socket = connect(address, timeoutMillis);
        return new Wire(socket, socket);
      }

      @Override
      public Wire called(Socket raw, int timeoutMillis) {
        return new Wire(raw, raw);
      }

      @Override
      public void check(Wire called, String member) {}

      @Override
      public void again(Wire wire, boolean wasCalled) {}
    };
  }
}

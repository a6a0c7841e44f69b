// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An NBD client of the plain kind: one request at a time, simple replies. */
final class Nbd implements AutoCloseable {
  private static final long MAGIC = 0x4e42444d41474943L;
  private static final long OPTION_MAGIC = 0x49484156454f5054L;
  private static final int REQUEST = 0x25609513;
  private static final int REPLY = 0x67446698;
  private static final int EXPORT_NAME = 1;
  private static final int FIXED_NO_ZEROES = 3;
  private static final int CONNECT_MILLIS = 2000;

  private final Closeable socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private long cookie;

  /** The server answered with an error. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    final int errno;

    Refused(int errno) {
      super("errno " + errno);
      this.errno = errno;
    }
  }

  Nbd(int port, int timeoutSeconds) throws IOException {
    this(tcp(port, timeoutSeconds), "");
  }

  /** An export at a Unix socket; without a limit of time. */
  Nbd(Path path, String export) throws IOException {
    this(unix(path), export);
  }

  private record Stream(Closeable socket, InputStream in, OutputStream out) {}

  private static Stream tcp(int port, int timeoutSeconds) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutSeconds * 1000);
      return new Stream(socket, socket.getInputStream(), socket.getOutputStream());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static Stream unix(Path path) throws IOException {
    SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(path));
    return new Stream(socket, Channels.newInputStream(socket), Channels.newOutputStream(socket));
  }

  private Nbd(Stream stream, String export) throws IOException {
    socket = stream.socket;
    try {
      in = new DataInputStream(new BufferedInputStream(stream.in, 1 << 16));
      out = new DataOutputStream(new BufferedOutputStream(stream.out, 1 << 16));
      if (in.readLong() != MAGIC || in.readLong() != OPTION_MAGIC) {
        throw new IOException("not NBD");
      }
      in.readShort();
      byte[] name = export.getBytes(StandardCharsets.UTF_8);
      out.writeInt(FIXED_NO_ZEROES);
      out.writeLong(OPTION_MAGIC);
      out.writeInt(EXPORT_NAME);
      out.writeInt(name.length);
      out.write(name);
      out.flush();
      in.readLong();
      in.readShort();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void ask(int command, int flags, long offset, int length) throws IOException {
    out.writeInt(REQUEST);
    out.writeShort(flags);
    out.writeShort(command);
    out.writeLong(++cookie);
    out.writeLong(offset);
    out.writeInt(length);
  }

  private void answer() throws IOException {
    out.flush();
    if (in.readInt() != REPLY) {
      throw new IOException("not a simple reply");
    }
    int errno = in.readInt();
    if (in.readLong() != cookie) {
      throw new IOException("another cookie");
    }
    if (errno != 0) {
      throw new Refused(errno);
    }
  }

  void write(long offset, byte[] bytes, boolean fua) throws IOException {
    ask(1, fua ? 1 : 0, offset, bytes.length);
    out.write(bytes);
    answer();
  }

  byte[] read(long offset, int length) throws IOException {
    ask(0, 0, offset, length);
    answer();
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  void zero(long offset, int length) throws IOException {
    ask(6, 0, offset, length);
    answer();
  }

  void flush() throws IOException {
    ask(3, 0, 0, 0);
    answer();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A client of a few lines that says whatever a test likes, right or wrong. */
final class Client implements AutoCloseable {
  /** An answer to a request. */
  record Answer(long cookie, int errno, byte[] data) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Answer a
          && a.cookie == cookie
          && a.errno == errno
          && Arrays.equals(a.data, data);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(cookie);
    }
  }

  private final Socket socket;
  final DataInputStream in;
  final DataOutputStream out;
  private final Map<Long, Long> offsets = new HashMap<>();
  private boolean structured;

  Client(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 1 << 16));
    out = new DataOutputStream(new java.io.BufferedOutputStream(socket.getOutputStream(), 1 << 16));
  }

  /** Greets, and goes to an export. */
  static Client on(int port, String export, boolean structured) throws IOException {
    Client client = new Client(port);
    client.greet(3);
    if (structured) {
      client.option(Wire.OPT_STRUCTURED_REPLY, new byte[0]);
      assertThat(client.optionReply()).isEqualTo(Wire.REP_ACK);
      client.structured = true;
    }
    client.option(Wire.OPT_GO, go(export));
    int type;
    do {
      type = client.optionReply();
    } while (type == Wire.REP_INFO);
    assertThat(type).isEqualTo(Wire.REP_ACK);
    return client;
  }

  static byte[] go(String export) {
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    return java.nio.ByteBuffer.allocate(6 + name.length).putInt(name.length).put(name).array();
  }

  void greet(int flags) throws IOException {
    assertThat(in.readLong()).isEqualTo(Wire.MAGIC);
    assertThat(in.readLong()).isEqualTo(Wire.OPTION_MAGIC);
    assertThat(in.readShort()).isEqualTo((short) 3);
    out.writeInt(flags);
    out.flush();
  }

  void option(int option, byte[] data) throws IOException {
    out.writeLong(Wire.OPTION_MAGIC);
    out.writeInt(option);
    out.writeInt(data.length);
    out.write(data);
    out.flush();
  }

  /** The type of the next reply to an option. */
  int optionReply() throws IOException {
    assertThat(in.readLong()).isEqualTo(Wire.OPTION_REPLY_MAGIC);
    in.readInt();
    int type = in.readInt();
    in.skipNBytes(in.readInt());
    return type;
  }

  void request(int command, int flags, long cookie, long offset, int length) throws IOException {
    offsets.put(cookie, offset);
    out.writeInt(Wire.REQUEST_MAGIC);
    out.writeShort(flags);
    out.writeShort(command);
    out.writeLong(cookie);
    out.writeLong(offset);
    out.writeInt(length);
  }

  void write(long cookie, int flags, long offset, byte[] data) throws IOException {
    request(Wire.CMD_WRITE, flags, cookie, offset, data.length);
    out.write(data);
    out.flush();
  }

  void flush() throws IOException {
    out.flush();
  }

  /**
   * The next answer, chunks put together; {@code length}: bytes of data of a read that is right.
   */
  Answer answer(int length) throws IOException {
    int magic = in.readInt();
    if (magic == Wire.SIMPLE_MAGIC) {
      int errno = in.readInt();
      long cookie = in.readLong();
      return new Answer(cookie, errno, errno == 0 ? in.readNBytes(length) : new byte[0]);
    }
    assertThat(magic).isEqualTo(Wire.CHUNK_MAGIC);
    assertThat(structured).isTrue();
    byte[] data = new byte[length];
    while (true) {
      int flags = in.readShort();
      int type = Short.toUnsignedInt(in.readShort());
      long cookie = in.readLong();
      int bytes = in.readInt();
      if (type == Wire.CHUNK_ERROR) {
        int errno = in.readInt();
        in.skipNBytes(bytes - 4);
        assertThat(flags).isEqualTo(Wire.CHUNK_DONE);
        return new Answer(cookie, errno, new byte[0]);
      } else if (type == Wire.CHUNK_OFFSET_DATA) {
        long offset = in.readLong();
        in.readFully(data, (int) (offset - offsets.get(cookie)), bytes - 8);
      } else {
        data = in.readNBytes(bytes);
      }
      if (flags == Wire.CHUNK_DONE) {
        return new Answer(cookie, 0, data);
      }
      assertThat(in.readInt()).isEqualTo(Wire.CHUNK_MAGIC);
    }
  }

  /** Asks and waits for the errno. */
  int errno(int command, int flags, long offset, int length) throws IOException {
    request(command, flags, 77, offset, length);
    out.flush();
    Answer answer = answer(command == Wire.CMD_READ ? length : 0);
    assertThat(answer.cookie()).isEqualTo(77);
    return answer.errno();
  }

  byte[] read(long offset, int length) throws IOException {
    request(Wire.CMD_READ, 0, 78, offset, length);
    out.flush();
    Answer answer = answer(length);
    assertThat(answer.errno()).isZero();
    return answer.data();
  }

  /** True if the server closes without another byte. */
  boolean isClosed() throws IOException {
    try {
      return in.read() < 0;
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

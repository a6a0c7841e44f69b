// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server that says what a test wants, right or wrong, to one client. */
final class ScriptedNbd implements AutoCloseable {
  static final long OPTION_REPLY = 0x3e889045565a9L;
  static final int GO = 7;
  static final int STRUCTURED = 8;
  static final int CHUNK = 0x668e33ef;
  static final int SIMPLE = 0x67446698;

  /** What it says. */
  interface Script {
    void play(ScriptedNbd server) throws IOException;
  }

  final Path socket;
  private final Path folder;
  private final ServerSocketChannel listens;
  DataInputStream in = new DataInputStream(java.io.InputStream.nullInputStream());
  DataOutputStream out = new DataOutputStream(java.io.OutputStream.nullOutputStream());

  ScriptedNbd(Script script) throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "nbd");
    socket = folder.resolve("s");
    listens = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listens.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (SocketChannel client = listens.accept()) {
            in = new DataInputStream(Channels.newInputStream(client));
            out = new DataOutputStream(Channels.newOutputStream(client));
            script.play(this);
            // What the client still says is taken, so that it sees an end and no reset.
            in.transferTo(java.io.OutputStream.nullOutputStream());
          } catch (IOException e) {
            // The client has gone, which is what most of these scripts make it do.
            out = new DataOutputStream(java.io.OutputStream.nullOutputStream());
          }
        });
  }

  /** Greets and takes the client's flags. */
  ScriptedNbd greet() throws IOException {
    out.writeLong(0x4e42444d41474943L);
    out.writeLong(0x49484156454F5054L);
    out.writeShort(3);
    in.readInt();
    return this;
  }

  /** Takes an option, whatever it is. */
  ScriptedNbd option() throws IOException {
    in.readLong();
    in.readInt();
    in.skipNBytes(in.readInt());
    return this;
  }

  ScriptedNbd reply(int option, int type, byte... data) throws IOException {
    out.writeLong(OPTION_REPLY);
    out.writeInt(option);
    out.writeInt(type);
    out.writeInt(data.length);
    out.write(data);
    return this;
  }

  /** Agrees on an export of this size. */
  ScriptedNbd agree(boolean structured, long bytes) throws IOException {
    greet().option().reply(STRUCTURED, structured ? 1 : 0x80000001);
    option();
    java.nio.ByteBuffer info = java.nio.ByteBuffer.allocate(12);
    info.putShort((short) 0).putLong(bytes).putShort((short) 3);
    return reply(GO, 3, info.array()).reply(GO, 1);
  }

  /** Takes a request; its cookie. */
  long request() throws IOException {
    in.readInt();
    in.readInt();
    long cookie = in.readLong();
    in.readLong();
    in.readInt();
    return cookie;
  }

  ScriptedNbd simple(int errno, long cookie, byte... data) throws IOException {
    out.writeInt(SIMPLE);
    out.writeInt(errno);
    out.writeLong(cookie);
    out.write(data);
    return this;
  }

  ScriptedNbd chunk(int flags, int type, long cookie, int length) throws IOException {
    out.writeInt(CHUNK);
    out.writeShort(flags);
    out.writeShort(type);
    out.writeLong(cookie);
    out.writeInt(length);
    return this;
  }

  ScriptedNbd data(int flags, long cookie, long offset, byte... data) throws IOException {
    chunk(flags, 1, cookie, 8 + data.length);
    out.writeLong(offset);
    out.write(data);
    return this;
  }

  ScriptedNbd hole(int flags, long cookie, long offset, int length) throws IOException {
    chunk(flags, 2, cookie, 12);
    out.writeLong(offset);
    out.writeInt(length);
    return this;
  }

  ScriptedNbd error(int flags, int type, long cookie, int errno) throws IOException {
    boolean at = type == 0x8002;
    chunk(flags, type, cookie, at ? 14 : 6);
    out.writeInt(errno);
    out.writeShort(0);
    if (at) {
      out.writeLong(0);
    }
    return this;
  }

  @Override
  public void close() throws IOException {
    listens.close();
    Files.deleteIfExists(socket);
    Files.deleteIfExists(folder);
  }
}

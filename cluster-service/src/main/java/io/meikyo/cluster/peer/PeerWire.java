// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.UUID;

/**
 * Frames between two cluster services over one connection. The caller greets; then both sides send
 * frames.
 *
 * <pre>
 * greeting:  "MKPL" 4, version 1 in 4, cluster id 16, name of the caller (2 bytes length, UTF-8)
 * frame:     kind 1, number 8, length 4, body
 *   kind 1   beat: a heartbeat, to the called side
 *   kind 2   answer to a heartbeat, to the caller
 *   kind 3   call: body is what is asked for, to the called side
 *   kind 4   result of the call with this number, to the caller
 * </pre>
 */
final class PeerWire {
  static final int BEAT = 1;
  static final int ANSWER = 2;
  static final int CALL = 3;
  static final int RESULT = 4;

  /** Largest body, bytes. */
  static final int BODY_MAX = 4 << 20;

  private static final int MAGIC = 'M' << 24 | 'K' << 16 | 'P' << 8 | 'L';
  private static final int VERSION = 1;

  record Greeting(UUID cluster, String name) {}

  record Frame(int kind, long number, byte[] body) {}

  private PeerWire() {}

  static void greet(DataOutputStream out, Greeting g) throws IOException {
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeLong(g.cluster().getMostSignificantBits());
    out.writeLong(g.cluster().getLeastSignificantBits());
    out.writeUTF(g.name());
    out.flush();
  }

  static Greeting greeting(DataInputStream in) throws IOException {
    if (in.readInt() != MAGIC || in.readInt() != VERSION) {
      throw new IOException("not a cluster service of this version");
    }
    return new Greeting(new UUID(in.readLong(), in.readLong()), in.readUTF());
  }

  static void write(DataOutputStream out, Frame f) throws IOException {
    out.writeByte(f.kind());
    out.writeLong(f.number());
    out.writeInt(f.body().length);
    out.write(f.body());
    out.flush();
  }

  static Frame read(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    long number = in.readLong();
    int length = in.readInt();
    if (kind < BEAT || kind > RESULT || length < 0 || length > BODY_MAX) {
      throw new IOException("a frame of kind " + kind + " and " + length + " bytes");
    }
    byte[] body = new byte[length];
    in.readFully(body);
    return new Frame(kind, number, body);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.notice.Subject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One question and one answer, inside TLS. Numbers are big-endian.
 *
 * <pre>
 * magic "MKJN" 4 | version 2 | kind 1 | number of fields 1 | fields: length 4, bytes
 * </pre>
 */
final class JoinWire {
  static final int VERSION = 1;

  /** Kinds of messages. */
  enum Kind {
    /** server, token id, secret, request: "please admit me". */
    JOIN(1),
    /** request: "a new certificate for who I am". */
    RENEW(2),
    /** "take back my certificates but this one". */
    REVOKE_FORMER(3),
    /** cluster, chain, authorities, revoked, configuration. */
    GRANTED(4),
    /** A notice. */
    REFUSED(5);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    static Kind of(int number) throws ProtocolException {
      for (Kind kind : values()) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new ProtocolException("kind " + number);
    }
  }

  /** A message. */
  record Message(Kind kind, List<byte[]> fields) {
    Message {
      fields = List.copyOf(fields);
    }

    byte[] bytes(int at) throws ProtocolException {
      if (at >= fields.size()) {
        throw new ProtocolException("field " + at + " of " + kind + " is missing");
      }
      return fields.get(at);
    }

    String text(int at) throws ProtocolException {
      return new String(bytes(at), StandardCharsets.UTF_8);
    }
  }

  /** The other side speaks another version. */
  static final class OtherVersion extends ProtocolException {
    private static final long serialVersionUID = 1;
    final int theirs;

    OtherVersion(int theirs) {
      super("version " + theirs);
      this.theirs = theirs;
    }
  }

  private static final int MAGIC = 'M' << 24 | 'K' << 16 | 'J' << 8 | 'N';
  private static final int FIELDS_MAX = 64;

  private JoinWire() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void write(OutputStream to, Message message) throws IOException {
    DataOutputStream out = new DataOutputStream(to);
    out.writeInt(MAGIC);
    out.writeShort(VERSION);
    out.writeByte(message.kind.number);
    out.writeByte(message.fields.size());
    for (byte[] field : message.fields) {
      out.writeInt(field.length);
      out.write(field);
    }
    out.flush();
  }

  /**
   * Reads a message.
   *
   * @param bytesMax most bytes of all fields together
   */
  static Message read(InputStream from, int bytesMax) throws IOException {
    DataInputStream in = new DataInputStream(from);
    if (in.readInt() != MAGIC) {
      throw new ProtocolException("not of this protocol");
    }
    int version = in.readUnsignedShort();
    if (version != VERSION) {
      throw new OtherVersion(version);
    }
    Kind kind = Kind.of(in.readUnsignedByte());
    int count = in.readUnsignedByte();
    if (count > FIELDS_MAX) {
      throw new ProtocolException(kind + " with " + count + " fields");
    }
    int left = bytesMax;
    List<byte[]> fields = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = in.readInt();
      if (length < 0 || length > left) {
        throw new ProtocolException("a field of " + length + " bytes");
      }
      left -= length;
      byte[] field = new byte[length];
      in.readFully(field);
      fields.add(field);
    }
    return new Message(kind, fields);
  }

  // ---- a notice as fields: code, severity, number of arguments, names and values, subjects

  static Message refused(Notice notice) {
    List<byte[]> fields = new ArrayList<>();
    fields.add(utf8(notice.code()));
    fields.add(utf8(notice.severity().name()));
    fields.add(utf8(Integer.toString(notice.args().size())));
    for (Arg arg : notice.args()) {
      fields.add(utf8(arg.name()));
      fields.add(utf8(arg.value()));
    }
    for (Subject subject : notice.subjects()) {
      fields.add(utf8(subject.kind()));
      fields.add(utf8(subject.name()));
    }
    return new Message(Kind.REFUSED, fields);
  }

  static Notice notice(Message refused) throws ProtocolException {
    List<Arg> args = new ArrayList<>();
    List<Subject> subjects = new ArrayList<>();
    try {
      Severity severity = Severity.valueOf(refused.text(1));
      int count = Integer.parseInt(refused.text(2));
      int at = 3;
      for (int i = 0; i < count; i++, at += 2) {
        args.add(new Arg(refused.text(at), refused.text(at + 1)));
      }
      for (; at < refused.fields.size(); at += 2) {
        subjects.add(new Subject(refused.text(at), refused.text(at + 1)));
      }
      return Notice.received(refused.text(0), severity, args, subjects);
    } catch (IllegalArgumentException e) {
      throw (ProtocolException) new ProtocolException("a notice: " + e.getMessage()).initCause(e);
    }
  }
}

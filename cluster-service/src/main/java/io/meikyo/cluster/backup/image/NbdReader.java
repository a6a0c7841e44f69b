// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads an export of an NBD server over a Unix socket: fixed newstyle, GO, structured replies where
 * the server has them. Several reads are under way at a time; they are taken in the order in which
 * they were asked for, whatever the order of the answers.
 *
 * <p>What a server answers is not believed: every byte of a read must have come, once, inside what
 * was asked for, or the read fails. After an {@link IOException} the connection is of no more use.
 * One thread; {@link #wake} any.
 */
public final class NbdReader implements AutoCloseable {
  private static final long MAGIC = 0x4e42444d41474943L;
  private static final long OPTION_MAGIC = 0x49484156454F5054L;
  private static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
  private static final int FIXED_NEWSTYLE = 1;
  private static final int NO_ZEROES = 2;
  private static final int OPT_GO = 7;
  private static final int OPT_STRUCTURED_REPLY = 8;
  private static final int REP_ACK = 1;
  private static final int REP_INFO = 3;
  private static final int REP_ERROR = 1 << 31;
  private static final int INFO_EXPORT = 0;
  private static final int INFO_BLOCK_SIZE = 3;

  private static final int REQUEST_MAGIC = 0x25609513;
  private static final int REQUEST_BYTES = 28;
  private static final short CMD_READ = 0;
  private static final short CMD_DISC = 2;
  private static final int SIMPLE_MAGIC = 0x67446698;
  private static final int CHUNK_MAGIC = 0x668e33ef;
  private static final int CHUNK_DONE = 1;
  private static final int CHUNK_NONE = 0;
  private static final int CHUNK_OFFSET_DATA = 1;
  private static final int CHUNK_OFFSET_HOLE = 2;
  private static final int CHUNK_ERRORS = 1 << 15;
  private static final int CHUNK_ERROR_OFFSET = CHUNK_ERRORS + 2;

  private static final int REPLY_BYTES_MAX = 64 << 10;
  private static final int REPLIES_MAX = 100;
  private static final int PIECES_MAX = 4096;

  /** Most bytes of one read that every server takes, unless it says less. */
  private static final int READ_BYTES_MAX = 32 << 20;

  private final NbdTalk talk;
  private final ByteBuffer head = ByteBuffer.allocate(64);
  private final ArrayDeque<Read> open = new ArrayDeque<>();
  private boolean structured;
  private long bytes = -1;
  private int readBytesMax = READ_BYTES_MAX;
  private long cookies;

  /** The server did not give the bytes: what it said, as Linux numbers errors. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final int errno;

    Refused(long offset, int errno) {
      super("reading at " + offset + " failed: " + name(errno));
      this.errno = errno;
    }

    /** Such as 5 for EIO. */
    public int errno() {
      return errno;
    }

    private static String name(int errno) {
      return switch (errno) {
        case 1 -> "not permitted (EPERM)";
        case 5 -> "input/output error (EIO)";
        case 12 -> "out of memory (ENOMEM)";
        case 22 -> "invalid (EINVAL)";
        case 108 -> "the export is being removed (ESHUTDOWN)";
        default -> "error " + errno;
      };
    }
  }

  /** A read that is under way. */
  private static final class Read {
    final long cookie;
    final long offset;
    final ByteBuffer to;
    final int length;

    /** Begin and end of what has come, in pairs, in no order; without overlap. */
    final List<int[]> pieces = new ArrayList<>();

    int come;
    int errno;
    boolean done;

    Read(long cookie, long offset, ByteBuffer to) {
      this.cookie = cookie;
      this.offset = offset;
      this.to = to;
      this.length = to.remaining();
    }
  }

  private NbdReader(NbdTalk talk) {
    this.talk = talk;
  }

  /**
   * Connects, and agrees on an export.
   *
   * @param patienceNanos how long the server may be silent, ns
   * @throws IOException nobody listens, there is no such export, or it is no NBD server
   */
  public static NbdReader open(Path socket, String export, long patienceNanos) throws IOException {
    NbdReader reader = new NbdReader(new NbdTalk(socket, patienceNanos));
    try {
      reader.handshake(export);
      return reader;
    } catch (IOException | RuntimeException e) {
      reader.talk.close();
      throw e;
    }
  }

  /** Size of the export. */
  public long bytes() {
    return bytes;
  }

  /** Most bytes of one read. */
  public int readBytesMax() {
    return readBytesMax;
  }

  /** Ends the waiting of the reader's thread, which gets an IOException. Any thread. */
  void wake() {
    talk.wake();
  }

  // ---- agreement

  private void handshake(String export) throws IOException {
    ByteBuffer greeting = take(18);
    if (greeting.getLong() != MAGIC || greeting.getLong() != OPTION_MAGIC) {
      throw new IOException("no NBD server, or one of the oldest style");
    }
    int flags = greeting.getShort();
    if ((flags & FIXED_NEWSTYLE) == 0) {
      throw new IOException("the server knows no options");
    }
    ByteBuffer mine = ByteBuffer.allocate(4);
    mine.putInt(FIXED_NEWSTYLE | (flags & NO_ZEROES)).flip();
    talk.write(mine);
    option(OPT_STRUCTURED_REPLY, new byte[0]);
    structured = answer(OPT_STRUCTURED_REPLY, export) == REP_ACK;

    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    ByteBuffer go = ByteBuffer.allocate(4 + name.length + 4);
    go.putInt(name.length).put(name).putShort((short) 1).putShort((short) INFO_BLOCK_SIZE);
    option(OPT_GO, go.array());
    int end = REP_INFO;
    for (int i = 0; end == REP_INFO; i++) {
      if (i == REPLIES_MAX) {
        throw new IOException("the server does not come to an end with " + export);
      }
      end = answer(OPT_GO, export);
    }
    if (end != REP_ACK) {
      throw new IOException("the server does not give " + export + ": answer " + hex(end));
    }
    if (bytes < 0) {
      throw new IOException("the server does not say how large " + export + " is");
    }
  }

  private void option(int option, byte[] data) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(16 + data.length);
    out.putLong(OPTION_MAGIC).putInt(option).putInt(data.length).put(data).flip();
    talk.write(out);
  }

  /** One reply to an option: its type. What it tells of the export is kept. */
  private int answer(int option, String export) throws IOException {
    ByteBuffer in = take(20);
    if (in.getLong() != OPTION_REPLY_MAGIC || in.getInt() != option) {
      throw new IOException("the server answers what was not asked");
    }
    int type = in.getInt();
    int length = in.getInt();
    if (length < 0 || length > REPLY_BYTES_MAX) {
      throw new IOException("the server's answer is too long: " + hex(length));
    }
    ByteBuffer data = ByteBuffer.allocate(length);
    talk.read(data);
    data.flip();
    if ((type & REP_ERROR) != 0 && option == OPT_GO) {
      String said = StandardCharsets.UTF_8.decode(data).toString();
      throw new IOException(
          "the server does not give "
              + export
              + ": "
              + hex(type)
              + (said.isEmpty() ? "" : " ")
              + said);
    }
    if (type == REP_INFO && option == OPT_GO) {
      info(data);
    }
    return type;
  }

  private void info(ByteBuffer data) throws IOException {
    if (data.remaining() < 2) {
      throw new IOException("the server tells nothing");
    }
    int kind = data.getShort();
    if (kind == INFO_EXPORT && data.remaining() == 10) {
      bytes = data.getLong();
      if (bytes < 0) {
        throw new IOException("the export has no size: " + bytes);
      }
    } else if (kind == INFO_BLOCK_SIZE && data.remaining() == 12) {
      data.getInt();
      data.getInt();
      int most = data.getInt();
      readBytesMax = most < 0 ? READ_BYTES_MAX : Math.min(most, READ_BYTES_MAX);
    } else if (kind == INFO_EXPORT || kind == INFO_BLOCK_SIZE) {
      throw new IOException("the server describes the export by " + data.remaining() + " bytes");
    }
  }

  // ---- reading

  /**
   * Asks for bytes.
   *
   * @param to filled from its position to its limit; not to be touched until {@link #next} gives it
   */
  public void ask(long offset, ByteBuffer to) throws IOException {
    int length = to.remaining();
    if (offset < 0 || length == 0 || length > readBytesMax || offset > bytes - length) {
      throw new IllegalArgumentException(length + " bytes at " + offset + " of " + bytes);
    }
    Read read = new Read(++cookies, offset, to);
    open.add(read);
    request(CMD_READ, read.cookie, offset, length);
  }

  /** How many reads are under way. */
  public int open() {
    return open.size();
  }

  /**
   * The bytes of the read that was asked for first, from position to limit.
   *
   * @throws Refused if the server could not read them
   * @throws IOException if the connection is lost, or what came is no answer
   */
  public ByteBuffer next() throws IOException {
    Read first = open.getFirst();
    while (!first.done) {
      receive();
    }
    open.removeFirst();
    if (first.errno != 0) {
      throw new Refused(first.offset, first.errno);
    }
    return first.to;
  }

  private void request(short command, long cookie, long offset, int length) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(REQUEST_BYTES);
    out.putInt(REQUEST_MAGIC).putShort((short) 0).putShort(command);
    out.putLong(cookie).putLong(offset).putInt(length).flip();
    talk.write(out);
  }

  private void receive() throws IOException {
    ByteBuffer magic = take(4);
    int kind = magic.getInt();
    if (kind == SIMPLE_MAGIC && !structured) {
      simple();
    } else if (kind == CHUNK_MAGIC && structured) {
      chunk();
    } else {
      throw new IOException("the server's answer begins with " + hex(kind));
    }
  }

  private void simple() throws IOException {
    ByteBuffer in = take(12);
    int errno = in.getInt();
    Read read = find(in.getLong());
    if (errno == 0) {
      into(read, 0, read.length);
    }
    read.errno = errno;
    read.done = true;
  }

  private void chunk() throws IOException {
    ByteBuffer in = take(16);
    int flags = in.getShort();
    int type = in.getShort() & 0xffff;
    Read read = find(in.getLong());
    int length = in.getInt();
    if (length < 0 || length > READ_BYTES_MAX + 8) {
      throw new IOException("a piece of an answer is too long: " + hex(length));
    }
    if ((type & CHUNK_ERRORS) != 0) {
      error(read, type, length);
    } else if (type == CHUNK_OFFSET_DATA && length > 8) {
      long at = take(8).getLong();
      into(read, place(read, at, length - 8), length - 8);
    } else if (type == CHUNK_OFFSET_HOLE && length == 12) {
      ByteBuffer hole = take(12);
      long at = hole.getLong();
      zeros(read, at, hole.getInt());
    } else if (type != CHUNK_NONE || length != 0 || (flags & CHUNK_DONE) == 0) {
      throw new IOException("a piece of an answer of type " + type + " with " + length + " bytes");
    }
    if ((flags & CHUNK_DONE) != 0) {
      if (read.errno == 0 && read.come != read.length) {
        throw new IOException(
            "of " + read.length + " bytes at " + read.offset + " came " + read.come);
      }
      read.done = true;
    }
  }

  private void error(Read read, int type, int length) throws IOException {
    if (length < 6 || length > REPLY_BYTES_MAX) {
      throw new IOException("an error that is no answer: " + length + " bytes");
    }
    ByteBuffer in = ByteBuffer.allocate(length);
    talk.read(in);
    in.flip();
    int errno = in.getInt();
    int text = in.getShort() & 0xffff;
    int rest = type == CHUNK_ERROR_OFFSET ? 8 : 0;
    if (errno == 0 || text + rest > in.remaining()) {
      throw new IOException("an error that is no answer: errno " + errno);
    }
    read.errno = errno;
  }

  private Read find(long cookie) throws IOException {
    for (Read each : open) {
      if (each.cookie == cookie && !each.done) {
        return each;
      }
    }
    throw new IOException("the server answers a request that was not made");
  }

  /** Where a piece belongs in its read; it must lie inside, on nothing that came before. */
  private static int place(Read read, long offset, int length) throws IOException {
    if (length <= 0 || offset < read.offset || offset - read.offset > (long) read.length - length) {
      throw new IOException(
          length + " bytes at " + offset + " came for " + read.length + " at " + read.offset);
    }
    long at = offset - read.offset;
    for (int[] piece : read.pieces) {
      if (at < piece[1] && at + length > piece[0]) {
        throw new IOException("bytes at " + offset + " came twice");
      }
    }
    if (read.pieces.size() == PIECES_MAX) {
      throw new IOException("an answer in more than " + PIECES_MAX + " pieces");
    }
    return (int) at;
  }

  private void into(Read read, int at, int length) throws IOException {
    ByteBuffer to = read.to.slice(read.to.position() + at, length);
    talk.read(to);
    come(read, at, length);
  }

  private void zeros(Read read, long offset, int length) throws IOException {
    int at = place(read, offset, length);
    ByteBuffer to = read.to.slice(read.to.position() + at, length);
    while (to.remaining() >= Long.BYTES) {
      to.putLong(0);
    }
    while (to.hasRemaining()) {
      to.put((byte) 0);
    }
    come(read, at, length);
  }

  private static void come(Read read, int at, int length) {
    read.pieces.add(new int[] {at, at + length});
    read.come += length;
  }

  private ByteBuffer take(int count) throws IOException {
    head.clear().limit(count);
    talk.read(head);
    return head.flip();
  }

  private static String hex(int number) {
    return "0x" + Integer.toHexString(number);
  }

  /** Says goodbye, and closes the connection. */
  @Override
  public void close() throws IOException {
    try (NbdTalk last = talk) {
      farewell(last);
    }
  }

  private void farewell(NbdTalk last) {
    try {
      if (open.isEmpty()) {
        request(CMD_DISC, 0, 0, 0);
      }
    } catch (IOException e) {
      last.wake(); // it has gone already
    }
  }
}

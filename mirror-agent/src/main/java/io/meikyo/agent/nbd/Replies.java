// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import java.nio.ByteBuffer;

/** How answers to requests look. Pure; each takes at most {@link #BYTES_MAX} without data. */
final class Replies {
  /** Most bytes of one reply or chunk, without the data of a read. */
  static final int BYTES_MAX = 32;

  private Replies() {}

  /** A simple reply; the data of a read follows it. */
  static void simple(ByteBuffer out, long cookie, int errno) {
    out.putInt(Wire.SIMPLE_MAGIC);
    out.putInt(errno);
    out.putLong(cookie);
  }

  private static void chunk(ByteBuffer out, long cookie, int type, boolean done, long length) {
    out.putInt(Wire.CHUNK_MAGIC);
    out.putShort((short) (done ? Wire.CHUNK_DONE : 0));
    out.putShort((short) type);
    out.putLong(cookie);
    out.putInt((int) length);
  }

  /** The head of a chunk of data; the data follows it. */
  static void data(ByteBuffer out, long cookie, boolean done, long offset, int length) {
    chunk(out, cookie, Wire.CHUNK_OFFSET_DATA, done, 8L + length);
    out.putLong(offset);
  }

  /** The last chunk of a request that failed. */
  static void error(ByteBuffer out, long cookie, int errno) {
    chunk(out, cookie, Wire.CHUNK_ERROR, true, 6);
    out.putInt(errno);
    out.putShort((short) 0);
  }

  /** The status of a range: everything is data (a mirror disk knows no holes). */
  static void allData(ByteBuffer out, long cookie, long length) {
    chunk(out, cookie, Wire.CHUNK_BLOCK_STATUS, true, 12);
    out.putInt(Handshake.ALLOCATION_ID);
    out.putInt((int) length);
    out.putInt(0);
  }
}

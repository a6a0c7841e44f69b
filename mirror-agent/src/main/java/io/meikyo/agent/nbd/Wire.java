// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

/** The numbers of the protocol, under the names of its document. Everything is big-endian. */
final class Wire {
  private Wire() {}

  // ---- greeting
  static final long MAGIC = 0x4e42444d41474943L; // "NBDMAGIC"
  static final long OPTION_MAGIC = 0x49484156454F5054L; // "IHAVEOPT"
  static final int FIXED_NEWSTYLE = 1;
  static final int NO_ZEROES = 2;

  // ---- options
  static final int OPTION_HEADER_BYTES = 16;
  static final int OPT_EXPORT_NAME = 1;
  static final int OPT_ABORT = 2;
  static final int OPT_LIST = 3;
  static final int OPT_STARTTLS = 5;
  static final int OPT_INFO = 6;
  static final int OPT_GO = 7;
  static final int OPT_STRUCTURED_REPLY = 8;
  static final int OPT_LIST_META_CONTEXT = 9;
  static final int OPT_SET_META_CONTEXT = 10;
  static final int OPT_EXTENDED_HEADERS = 11;

  static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
  static final int REP_ACK = 1;
  static final int REP_SERVER = 2;
  static final int REP_INFO = 3;
  static final int REP_META_CONTEXT = 4;
  private static final int REP_ERROR = 1 << 31;
  static final int REP_ERR_UNSUP = REP_ERROR + 1;
  static final int REP_ERR_INVALID = REP_ERROR + 3;
  static final int REP_ERR_UNKNOWN = REP_ERROR + 6;
  static final int REP_ERR_TOO_BIG = REP_ERROR + 9;

  static final int INFO_EXPORT = 0;
  static final int INFO_NAME = 1;
  static final int INFO_DESCRIPTION = 2;
  static final int INFO_BLOCK_SIZE = 3;

  // ---- flags of an export
  static final int HAS_FLAGS = 1;
  static final int READ_ONLY = 1 << 1;
  static final int SEND_FLUSH = 1 << 2;
  static final int SEND_FUA = 1 << 3;
  static final int SEND_TRIM = 1 << 5;
  static final int SEND_WRITE_ZEROES = 1 << 6;
  static final int SEND_DF = 1 << 7;
  static final int CAN_MULTI_CONN = 1 << 8;
  static final int SEND_FAST_ZERO = 1 << 11;

  // ---- requests
  static final int REQUEST_MAGIC = 0x25609513;
  static final int REQUEST_BYTES = 28;
  static final int CMD_READ = 0;
  static final int CMD_WRITE = 1;
  static final int CMD_DISC = 2;
  static final int CMD_FLUSH = 3;
  static final int CMD_TRIM = 4;
  static final int CMD_WRITE_ZEROES = 6;
  static final int CMD_BLOCK_STATUS = 7;

  static final int FLAG_FUA = 1;
  static final int FLAG_NO_HOLE = 1 << 1;
  static final int FLAG_DF = 1 << 2;
  static final int FLAG_REQ_ONE = 1 << 3;
  static final int FLAG_FAST_ZERO = 1 << 4;

  // ---- replies
  static final int SIMPLE_MAGIC = 0x67446698;
  static final int CHUNK_MAGIC = 0x668e33ef;
  static final int CHUNK_DONE = 1;
  static final int CHUNK_OFFSET_DATA = 1;
  static final int CHUNK_BLOCK_STATUS = 5;
  static final int CHUNK_ERROR = (1 << 15) + 1;

  // ---- errors, the same numbers as Linux's
  static final int EPERM = 1;
  static final int EIO = 5;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  static final int EOVERFLOW = 75;
  static final int ENOTSUP = 95;
  static final int ESHUTDOWN = 108;
}

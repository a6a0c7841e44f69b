// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

/** Which requests are refused, and with which error. Pure. */
final class RequestRules {
  private RequestRules() {}

  /**
   * The error of a request, or 0 if it may be done.
   *
   * @param structured whether structured replies were agreed on
   * @param allocation whether the client may ask for the block status
   */
  static int errno(Request request, ExportInfo export, boolean structured, boolean allocation) {
    int allowed = allowedFlags(request.command(), structured);
    if (allowed < 0 || (request.flags() & ~allowed) != 0) {
      return Wire.EINVAL;
    }
    if (request.command() == Wire.CMD_DISC) {
      return 0;
    }
    if (request.command() == Wire.CMD_FLUSH) {
      return request.offset() == 0 && request.length() == 0 ? 0 : Wire.EINVAL;
    }
    if (export.readOnly() && changes(request.command())) {
      return Wire.EPERM;
    }
    if (request.command() == Wire.CMD_TRIM && !export.trims()) {
      return Wire.EINVAL;
    }
    if (request.command() == Wire.CMD_BLOCK_STATUS && !allocation) {
      return Wire.EINVAL;
    }
    int range = range(request, export);
    return range == 0 ? size(request) : range;
  }

  /** The flags that a command may carry; negative: there is no such command. */
  private static int allowedFlags(int command, boolean structured) {
    return switch (command) {
      case Wire.CMD_READ -> structured ? Wire.FLAG_FUA | Wire.FLAG_DF : Wire.FLAG_FUA;
      case Wire.CMD_WRITE, Wire.CMD_FLUSH, Wire.CMD_TRIM, Wire.CMD_DISC -> Wire.FLAG_FUA;
      case Wire.CMD_WRITE_ZEROES -> Wire.FLAG_FUA | Wire.FLAG_NO_HOLE | Wire.FLAG_FAST_ZERO;
      case Wire.CMD_BLOCK_STATUS -> Wire.FLAG_FUA | Wire.FLAG_REQ_ONE;
      default -> -1;
    };
  }

  private static boolean changes(int command) {
    return command == Wire.CMD_WRITE
        || command == Wire.CMD_TRIM
        || command == Wire.CMD_WRITE_ZEROES;
  }

  private static int range(Request request, ExportInfo export) {
    long block = export.blockBytes();
    if (request.length() == 0 || request.offset() % block != 0 || request.length() % block != 0) {
      return Wire.EINVAL;
    }
    boolean outside =
        request.offset() < 0
            || request.offset() > export.bytes()
            || request.length() > export.bytes() - request.offset();
    if (!outside) {
      return 0;
    }
    boolean fills =
        request.command() == Wire.CMD_WRITE || request.command() == Wire.CMD_WRITE_ZEROES;
    return fills ? Wire.ENOSPC : Wire.EINVAL;
  }

  private static int size(Request request) {
    return switch (request.command()) {
      case Wire.CMD_READ, Wire.CMD_WRITE ->
          request.length() > ExportInfo.REQUEST_BYTES_MAX ? Wire.EINVAL : 0;
      // Zeros are written on every replica: that is never faster than data of that size.
      case Wire.CMD_WRITE_ZEROES -> (request.flags() & Wire.FLAG_FAST_ZERO) != 0 ? Wire.ENOTSUP : 0;
      default -> 0;
    };
  }

  /** An errno of a device as the protocol knows it. */
  static int wireErrno(int errno) {
    return switch (errno) {
      case 0,
          Wire.EPERM,
          Wire.EIO,
          Wire.ENOMEM,
          Wire.EINVAL,
          Wire.ENOSPC,
          Wire.EOVERFLOW,
          Wire.ENOTSUP,
          Wire.ESHUTDOWN ->
          errno;
      case Wire.EROFS -> Wire.EPERM;
      default -> Wire.EIO;
    };
  }
}

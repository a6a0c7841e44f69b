// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.util.HashMap;
import java.util.Map;

/** The error numbers of Linux that can meet us, positive, with their names and a phrase each. */
public final class Errno {
  /** The operation is not permitted. */
  public static final int EPERM = 1;

  /** There is no such file. */
  public static final int ENOENT = 2;

  /** There is no such process. */
  public static final int ESRCH = 3;

  /** A signal came between. */
  public static final int EINTR = 4;

  /** Input or output failed. */
  public static final int EIO = 5;

  /** There is no such device or address. */
  public static final int ENXIO = 6;

  /** The descriptor is not open, or not for this. */
  public static final int EBADF = 9;

  /** Not now, try again. */
  public static final int EAGAIN = 11;

  /** There is not enough memory. */
  public static final int ENOMEM = 12;

  /** Permission is denied. */
  public static final int EACCES = 13;

  /** The address is bad. */
  public static final int EFAULT = 14;

  /** The device or resource is busy. */
  public static final int EBUSY = 16;

  /** It exists already. */
  public static final int EEXIST = 17;

  /** The two are on different file systems. */
  public static final int EXDEV = 18;

  /** There is no such device, or no driver. */
  public static final int ENODEV = 19;

  /** It is not a folder. */
  public static final int ENOTDIR = 20;

  /** It is a folder. */
  public static final int EISDIR = 21;

  /** An argument is not valid. */
  public static final int EINVAL = 22;

  /** The system has too many open files. */
  public static final int ENFILE = 23;

  /** The process has too many open files. */
  public static final int EMFILE = 24;

  /** The device does not know this request. */
  public static final int ENOTTY = 25;

  /** The file would be too large. */
  public static final int EFBIG = 27;

  /** No space is left on the device. */
  public static final int ENOSPC = 28;

  /** It has no positions. */
  public static final int ESPIPE = 29;

  /** The file system is read-only. */
  public static final int EROFS = 30;

  /** Nobody reads the other end. */
  public static final int EPIPE = 32;

  /** The name is too long. */
  public static final int ENAMETOOLONG = 36;

  /** The kernel does not have this call. */
  public static final int ENOSYS = 38;

  /** There are too many symbolic links. */
  public static final int ELOOP = 40;

  /** There is no data. */
  public static final int ENODATA = 61;

  /** The time is over. */
  public static final int ETIME = 62;

  /** The protocol was broken. */
  public static final int EPROTO = 71;

  /** The descriptor is in a bad state. */
  public static final int EBADFD = 77;

  /** It is not a socket. */
  public static final int ENOTSOCK = 88;

  /** The message is too long. */
  public static final int EMSGSIZE = 90;

  /** This is not supported here. */
  public static final int EOPNOTSUPP = 95;

  /** The address is in use. */
  public static final int EADDRINUSE = 98;

  /** This server does not have the address. */
  public static final int EADDRNOTAVAIL = 99;

  /** The network interface is switched off. */
  public static final int ENETDOWN = 100;

  /** The network cannot be reached. */
  public static final int ENETUNREACH = 101;

  /** The connection was given up. */
  public static final int ECONNABORTED = 103;

  /** The other side has reset the connection. */
  public static final int ECONNRESET = 104;

  /** There is no buffer space. */
  public static final int ENOBUFS = 105;

  /** It is connected already. */
  public static final int EISCONN = 106;

  /** It is not connected. */
  public static final int ENOTCONN = 107;

  /** The device or socket was shut down. */
  public static final int ESHUTDOWN = 108;

  /** The other side did not answer in time. */
  public static final int ETIMEDOUT = 110;

  /** The other side refused the connection. */
  public static final int ECONNREFUSED = 111;

  /** The host cannot be reached. */
  public static final int EHOSTUNREACH = 113;

  /** It is under way already. */
  public static final int EALREADY = 114;

  /** It is under way now. */
  public static final int EINPROGRESS = 115;

  /** The file handle is stale. */
  public static final int ESTALE = 116;

  /** Input or output failed on the other side. */
  public static final int EREMOTEIO = 121;

  /** The disk quota is used up. */
  public static final int EDQUOT = 122;

  /** It was cancelled. */
  public static final int ECANCELED = 125;

  private record Meaning(String name, String phrase) {}

  private static final Map<Integer, Meaning> MEANINGS = new HashMap<>();

  static {
    mean(EPERM, "EPERM", "the operation is not permitted");
    mean(ENOENT, "ENOENT", "there is no such file");
    mean(ESRCH, "ESRCH", "there is no such process");
    mean(EINTR, "EINTR", "a signal came between");
    mean(EIO, "EIO", "input or output failed");
    mean(ENXIO, "ENXIO", "there is no such device or address");
    mean(EBADF, "EBADF", "the descriptor is not open, or not for this");
    mean(EAGAIN, "EAGAIN", "not now, try again");
    mean(ENOMEM, "ENOMEM", "there is not enough memory");
    mean(EACCES, "EACCES", "permission is denied");
    mean(EFAULT, "EFAULT", "the address is bad");
    mean(EBUSY, "EBUSY", "the device or resource is busy");
    mean(EEXIST, "EEXIST", "it exists already");
    mean(EXDEV, "EXDEV", "the two are on different file systems");
    mean(ENODEV, "ENODEV", "there is no such device, or no driver");
    mean(ENOTDIR, "ENOTDIR", "it is not a folder");
    mean(EISDIR, "EISDIR", "it is a folder");
    mean(EINVAL, "EINVAL", "an argument is not valid");
    mean(ENFILE, "ENFILE", "the system has too many open files");
    mean(EMFILE, "EMFILE", "the process has too many open files");
    mean(ENOTTY, "ENOTTY", "the device does not know this request");
    mean(EFBIG, "EFBIG", "the file would be too large");
    mean(ENOSPC, "ENOSPC", "no space is left on the device");
    mean(ESPIPE, "ESPIPE", "it has no positions");
    mean(EROFS, "EROFS", "the file system is read-only");
    mean(EPIPE, "EPIPE", "nobody reads the other end");
    mean(ENAMETOOLONG, "ENAMETOOLONG", "the name is too long");
    mean(ENOSYS, "ENOSYS", "the kernel does not have this call");
    mean(ELOOP, "ELOOP", "there are too many symbolic links");
    mean(ENODATA, "ENODATA", "there is no data");
    mean(ETIME, "ETIME", "the time is over");
    mean(EPROTO, "EPROTO", "the protocol was broken");
    mean(EBADFD, "EBADFD", "the descriptor is in a bad state");
    mean(ENOTSOCK, "ENOTSOCK", "it is not a socket");
    mean(EMSGSIZE, "EMSGSIZE", "the message is too long");
    mean(EOPNOTSUPP, "EOPNOTSUPP", "this is not supported here");
    mean(EADDRINUSE, "EADDRINUSE", "the address is in use");
    mean(EADDRNOTAVAIL, "EADDRNOTAVAIL", "this server does not have the address");
    mean(ENETDOWN, "ENETDOWN", "the network interface is switched off");
    mean(ENETUNREACH, "ENETUNREACH", "the network cannot be reached");
    mean(ECONNABORTED, "ECONNABORTED", "the connection was given up");
    mean(ECONNRESET, "ECONNRESET", "the other side has reset the connection");
    mean(ENOBUFS, "ENOBUFS", "there is no buffer space");
    mean(EISCONN, "EISCONN", "it is connected already");
    mean(ENOTCONN, "ENOTCONN", "it is not connected");
    mean(ESHUTDOWN, "ESHUTDOWN", "the device or socket was shut down");
    mean(ETIMEDOUT, "ETIMEDOUT", "the other side did not answer in time");
    mean(ECONNREFUSED, "ECONNREFUSED", "the other side refused the connection");
    mean(EHOSTUNREACH, "EHOSTUNREACH", "the host cannot be reached");
    mean(EALREADY, "EALREADY", "it is under way already");
    mean(EINPROGRESS, "EINPROGRESS", "it is under way now");
    mean(ESTALE, "ESTALE", "the file handle is stale");
    mean(EREMOTEIO, "EREMOTEIO", "input or output failed on the other side");
    mean(EDQUOT, "EDQUOT", "the disk quota is used up");
    mean(ECANCELED, "ECANCELED", "it was cancelled");
  }

  private Errno() {}

  private static void mean(int errno, String name, String phrase) {
    MEANINGS.put(errno, new Meaning(name, phrase));
  }

  /** The name, such as {@code EINVAL}; {@code errno 133} if it is none of those above. */
  public static String name(int errno) {
    Meaning meaning = MEANINGS.get(Math.abs(errno));
    return meaning == null ? "errno " + Math.abs(errno) : meaning.name;
  }

  /** Name and phrase: {@code EBUSY, the device or resource is busy}. */
  public static String sentence(int errno) {
    Meaning meaning = MEANINGS.get(Math.abs(errno));
    return meaning == null ? name(errno) : meaning.name + ", " + meaning.phrase;
  }
}

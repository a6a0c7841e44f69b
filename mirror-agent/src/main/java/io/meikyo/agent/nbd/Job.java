// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

/**
 * A request that is being done: in parts, if it is longer than its device takes at once, and
 * answered once, with the first error.
 */
abstract class Job {
  final Connection connection;
  final Request request;

  /** Parts that the device has not answered. */
  int underWay;

  private int errno;

  Job(Connection connection, Request request, int errno) {
    this.connection = connection;
    this.request = request;
    this.errno = errno;
  }

  /**
   * Goes on as far as bytes, memory and limits allow. Until it returns true, the connection takes
   * no further request; it calls again whenever something has changed.
   */
  abstract boolean advance();

  /** A piece of the answer has left, or never will. */
  abstract void sent(Reply reply);

  /** A part is given to the device. */
  void partBegins() {
    underWay++;
    connection.calling();
  }

  int errno() {
    return errno;
  }

  /** Remembers the first error; 0 is none. */
  void fail(int with) {
    if (errno == 0) {
      errno = RequestRules.wireErrno(with);
    }
  }

  /** Answers without data. */
  void reply() {
    boolean chunk = request.answersWithData() && connection.structured();
    connection.reply(
        new Reply(this, chunk ? Reply.Kind.ERROR_CHUNK : Reply.Kind.SIMPLE, errno, 0, null, true));
  }

  /** The byte of the device's block where a position of the request is. */
  long block(long position) {
    return (request.offset() + position) / connection.device().blockBytes();
  }

  int blocks(int bytes) {
    return bytes / connection.device().blockBytes();
  }
}

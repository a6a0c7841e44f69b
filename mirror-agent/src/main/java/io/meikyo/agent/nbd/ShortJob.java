// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

/** What is answered without the device: refusals and the block status. */
final class ShortJob extends Job {
  ShortJob(Connection connection, Request request, int errno) {
    super(connection, request, errno);
  }

  @Override
  boolean advance() {
    if (!connection.admitRead()) {
      return false;
    }
    if (errno() == 0 && connection.refusing()) {
      fail(Wire.ESHUTDOWN);
    }
    if (errno() == 0) {
      connection.reply(new Reply(this, Reply.Kind.STATUS_CHUNK, 0, 0, null, true));
    } else {
      reply();
    }
    return true;
  }

  @Override
  void sent(Reply reply) {
    connection.readEnded();
  }
}

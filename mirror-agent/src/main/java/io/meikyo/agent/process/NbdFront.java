// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.MirrorBlocks;
import io.meikyo.agent.nbd.Limits;
import io.meikyo.agent.nbd.NbdServer;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.function.Consumer;

/** The NBD server of one mirror disk: listens always, offers the disk while it is active here. */
final class NbdFront implements Front {
  private final NbdServer server;
  private final String mirror;
  private final SocketAddress address;
  private final Consumer<Notice> notices;
  private boolean serves;

  NbdFront(IoLoop loop, String mirror, SocketAddress address, Consumer<Notice> notices) {
    this.mirror = mirror;
    this.address = address;
    this.notices = notices;
    this.server = new NbdServer(loop, Limits.USUAL, Arena.ofAuto(), notices);
  }

  /**
   * Listens.
   *
   * @throws IOException if the address cannot be had
   */
  void listen() throws IOException {
    if (address instanceof UnixDomainSocketAddress unix) {
      Addresses.makeFree(unix.getPath());
      server.listen(unix.getPath());
    } else {
      server.listen((InetSocketAddress) address);
    }
  }

  @Override
  public String name() {
    return "nbd";
  }

  @Override
  public String state() {
    return Addresses.text(address) + (serves ? "" : " (standby)");
  }

  @Override
  public void serves(MirrorBlocks blocks) {
    serves = true;
    server.add("", mirror, blocks);
    server.add(mirror, mirror, blocks);
    notices.accept(Notice.of(AgentNotice.NBD_SERVES, mirror, Addresses.text(address)));
  }

  @Override
  public void stop(Runnable done) {
    serves = false;
    server.stop(done);
  }

  @Override
  public void ceases() {
    if (!serves) {
      return;
    }
    serves = false;
    server.remove("", () -> {});
    server.remove(mirror, () -> {});
  }
}

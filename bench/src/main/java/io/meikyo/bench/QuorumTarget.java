// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The peer: a synchronous mirror of qemu-storage-daemon, whose second copy is served by nbdkit in
 * the other namespace. It keeps no log of what is hot and no maps: after a crash everything would
 * have to be compared.
 */
final class QuorumTarget implements Target {
  private static final long SECONDS = 30;
  private static final int PORT = 10809;

  private final Workshop shop;
  private final Backing backing;
  private final Cable cable;
  private final Path socket;
  private final int port;

  QuorumTarget(Workshop shop, Backing backing, Cable cable) {
    this.shop = shop;
    this.backing = backing;
    this.cable = cable;
    this.socket = shop.folder().resolve(name() + ".sock");
    this.port = PORT + (backing.name().equals("ram") ? 0 : 1);
  }

  @Override
  public String name() {
    return "quorum-" + backing.name();
  }

  @Override
  public String title() {
    return "qemu-storage-daemon quorum, its second copy with nbdkit; NBD over a Unix socket";
  }

  @Override
  public void start() throws BenchProblem, IOException, InterruptedException {
    String near = backing.data(name() + ".0");
    String far = backing.data(name() + ".1");
    List<String> remote = Workshop.enter(cable.namespace(1));
    remote.addAll(
        List.of("nbdkit", "-f", "-i", Cable.address(1), "-p", Integer.toString(port), "file", far));
    shop.serve(name() + "-remote", remote, SECONDS, this::isListening);
    List<String> local = Workshop.enter(cable.namespace(0));
    String driver = near.startsWith("/dev/") ? "host_device" : "file";
    local.addAll(
        List.of(
            "qemu-storage-daemon",
            "--blockdev",
            "driver="
                + driver
                + ",node-name=near,filename="
                + near
                + ",cache.direct=on,aio=native,locking=off",
            "--blockdev",
            "driver=nbd,node-name=far,server.type=inet,server.host="
                + Cable.address(1)
                + ",server.port="
                + port,
            "--blockdev",
            "driver=quorum,node-name=both,children.0=near,children.1=far,vote-threshold=2,"
                + "read-pattern=fifo",
            "--nbd-server",
            "addr.type=unix,addr.path=" + socket,
            "--export",
            "nbd,id=out,node-name=both,name=,writable=on"));
    shop.serve(name(), local, SECONDS, () -> answers(socket));
  }

  /** Asks the kernel, since the other namespace's addresses cannot be reached from here. */
  private boolean isListening() throws IOException {
    List<String> command = new ArrayList<>(Workshop.enter(cable.namespace(1)));
    command.addAll(List.of("cat", "/proc/net/tcp"));
    Process process = new ProcessBuilder(command).start();
    String table = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return table.contains(String.format(Locale.ROOT, ":%04X 00000000:0000 0A", port));
  }

  static boolean answers(Path socket) throws IOException {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    }
  }

  @Override
  public List<String> fio() {
    return Target.nbd(socket);
  }
}

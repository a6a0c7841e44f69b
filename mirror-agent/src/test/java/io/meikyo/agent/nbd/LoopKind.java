// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/** The loops on which the server is tested. */
enum LoopKind {
  /** One ring; left out where the kernel refuses it. */
  IO_URING {
    @Override
    IoLoop open() throws IOException {
      try {
        return Loops.uring();
      } catch (LinuxException e) {
        throw new TestAbortedException("no io_uring here", e);
      }
    }
  },
  /** Threads that block. */
  THREADS {
    @Override
    IoLoop open() throws IOException {
      return Loops.threads();
    }
  },
  /** The JDK's channels: no product code below the server. */
  CHANNELS {
    @Override
    IoLoop open() {
      return new ChannelLoop();
    }

    @Override
    int listen(IoLoop loop, NbdServer server, Path path) throws IOException {
      ChannelLoop channels = (ChannelLoop) loop;
      server.listen(channels.listen(UnixDomainSocketAddress.of(path)));
      int tcp = channels.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      server.listen(tcp);
      return ((InetSocketAddress) channels.address(tcp)).getPort();
    }
  };

  abstract IoLoop open() throws IOException;

  /** Listens on the path and on a free port of the loopback address, on the loop's thread. */
  int listen(IoLoop loop, NbdServer server, Path path) throws IOException {
    server.listen(path);
    return server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.config.Addresses;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens for commands. A thread of its own per connection; only the owner of the socket (root) may
 * connect.
 */
public final class ControlServer implements AutoCloseable {
  private static final int FAILED = 1;

  private final ServerSocketChannel server;
  private final Commands commands;
  private final Consumer<String> log;

  /** What the commands do. */
  interface Commands {
    /**
     * Carries out one command. Blocks until it has ended; writes everything but the exit status.
     *
     * @param words command and its words
     * @return exit status
     */
    int run(List<String> words, ControlOutput out) throws IOException, InterruptedException;
  }

  private ControlServer(ServerSocketChannel server, Commands commands, Consumer<String> log) {
    this.server = server;
    this.commands = commands;
    this.log = log;
  }

  /** Listens, replacing a socket that a dead process left. */
  static ControlServer open(Path socket, Commands commands, Consumer<String> log)
      throws IOException {
    Addresses.makeFree(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    ControlServer control = new ControlServer(server, commands, log);
    Thread.ofPlatform().daemon().name("control").start(control::accept);
    return control;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        Thread.ofPlatform().daemon().name("control-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        log.accept("control socket: " + e.getMessage());
        return;
      }
    }
  }

  /** One request after the other, until the client goes. */
  private void serve(SocketChannel client) {
    CountDownLatch end = new CountDownLatch(1);
    try (client;
        DataInputStream in =
            new DataInputStream(new BufferedInputStream(Channels.newInputStream(client)));
        DataOutputStream out =
            new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(client)))) {
      AtomicReference<@Nullable ControlOutput> open = new AtomicReference<>();
      List<String> texts = ControlWire.request(in);
      // While a command takes its time, whoever waits sees that we are there.
      Thread.ofVirtual().name("control-signs").start(() -> signs(open, end));
      while (carryOut(texts, out, open)) {
        texts = ControlWire.request(in);
      }
    } catch (EOFException e) {
      // It goes, or only looked whether we are there.
    } catch (IOException e) {
      log.accept("control connection: " + e.getMessage());
    } finally {
      end.countDown();
    }
  }

  /** True if it was answered. */
  private boolean carryOut(
      List<String> texts, DataOutputStream out, AtomicReference<@Nullable ControlOutput> open)
      throws IOException {
    Language language = Language.choose(texts.getFirst(), Map.of());
    ControlOutput answer = new ControlOutput(out, Catalogue.in(language));
    int status = FAILED;
    open.set(answer);
    try {
      status = commands.run(texts.subList(1, texts.size()), answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // A defect of ours. Whoever asked sees the connection end, and so that nothing is certain.
      log.accept("control command " + texts.get(1) + ": " + e);
      return false;
    } finally {
      open.set(null);
    }
    answer.exit(status);
    return true;
  }

  private static void signs(AtomicReference<@Nullable ControlOutput> open, CountDownLatch end) {
    try {
      while (!end.await(ControlWire.SIGN_SECONDS, TimeUnit.SECONDS)) {
        ControlOutput answer = open.get();
        if (answer != null) {
          answer.sign();
        }
      }
    } catch (InterruptedException | IOException e) {
      // Nobody waits for it any more.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

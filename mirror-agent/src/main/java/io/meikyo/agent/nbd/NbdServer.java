// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves block devices by NBD: several exports by name, over several listening sockets, to several
 * clients, on one loop.
 *
 * <p>All methods are for the loop's thread. A listening socket belongs to the server from {@link
 * #listen} on. Bytes of requests are in buffers of the devices.
 */
public final class NbdServer {
  private static final long ACCEPT_AGAIN_NANOS = 100_000_000L;
  private static final long SAY_AGAIN_NANOS = 10_000_000_000L;

  private final IoLoop loop;
  private final Limits limits;
  private final Consumer<Notice> says;
  private final Map<String, Export> exports = new LinkedHashMap<>();
  private final Set<Listener> listeners = new HashSet<>();
  private final Set<Connection> connections = new HashSet<>();
  private final ArrayDeque<MemorySegment> spare = new ArrayDeque<>();
  private final Map<NbdNotice, Long> said = new EnumMap<>(NbdNotice.class);
  private @Nullable Runnable whenStopped;
  private boolean ended;

  /** A device under its name, with those who use it. */
  private static final class Export {
    final ExportInfo info;
    final BlockService device;
    final Set<Connection> users = new HashSet<>();
    @Nullable Runnable whenRemoved;

    Export(ExportInfo info, BlockService device) {
      this.info = info;
      this.device = device;
    }
  }

  /**
   * Makes a server without exports that does not listen yet, and takes the memory of all
   * connections (328 KiB each).
   *
   * @param arena for the memory of connections; lives longer than the server
   * @param says takes what the operator should know; each thing at most once in ten seconds
   */
  public NbdServer(IoLoop loop, Limits limits, Arena arena, Consumer<Notice> says) {
    this.loop = loop;
    this.limits = limits;
    this.says = says;
    for (int i = 0; i < limits.connectionsMax(); i++) {
      spare.push(arena.allocate(Inbox.BYTES + (long) Outbox.BYTES, Buffer.HEAD_BYTES));
    }
  }

  // ---- exports

  /**
   * Offers a device.
   *
   * @param name what clients ask for; "" is the default; at most 255 bytes and not in use
   * @param description one line for people, at most 255 bytes; may be empty
   */
  public void add(String name, String description, BlockService device) {
    Invariant.check(!exports.containsKey(name), "an export has a name of its own");
    Invariant.check(exports.size() < Exports.COUNT_MAX, "not too many exports", exports.size());
    exports.put(name, new Export(ExportInfo.of(name, description, device), device));
  }

  /**
   * Offers a device no longer: new requests get ESHUTDOWN, those under way are answered, then the
   * connections are closed.
   *
   * @param done when nothing uses the device any more
   */
  public void remove(String name, Runnable done) {
    Export export = exports.remove(name);
    if (export == null || export.users.isEmpty()) {
      done.run();
      return;
    }
    export.whenRemoved = done;
    List.copyOf(export.users).forEach(Connection::leave);
  }

  /** The device of an export, which is there: it was found a moment ago. */
  BlockService attach(String name, Connection user) {
    Export export = exports.get(name);
    if (export == null) {
      throw new Invariant.Broken("an export is attached that exists");
    }
    export.users.add(user);
    user.uses(() -> detach(export, user));
    return export.device;
  }

  private static void detach(Export export, Connection user) {
    export.users.remove(user);
    Runnable done = export.whenRemoved;
    if (done != null && export.users.isEmpty()) {
      export.whenRemoved = null;
      done.run();
    }
  }

  /** What the handshakes ask. */
  Exports exports() {
    return new Exports() {
      @Override
      public List<ExportInfo> list() {
        List<ExportInfo> all = new ArrayList<>();
        exports.values().forEach(export -> all.add(export.info));
        return all;
      }

      @Override
      public @Nullable ExportInfo find(String name) {
        Export export = exports.get(name);
        return export == null ? null : export.info;
      }
    };
  }

  // ---- connections

  /**
   * Takes clients at a path, with rights for its owner and group; removes the path at the end.
   *
   * @throws IOException it cannot: somebody listens there, no such folder, no right
   */
  public void listen(Path path) throws IOException {
    listen(new Listener(NbdSockets.unix(path), fd -> {}, path));
  }

  /**
   * The same with rights for its owner alone.
   *
   * @throws IOException as {@link #listen(Path)}
   */
  public void listenForOwner(Path path) throws IOException {
    listen(new Listener(NbdSockets.unix(path, "rw-------"), fd -> {}, path));
  }

  /**
   * Takes clients at a TCP address.
   *
   * @param address port 0: any free one
   * @return the port
   * @throws IOException it cannot: the address is not ours, the port is in use, no right
   */
  public int listen(InetSocketAddress address) throws IOException {
    int socket = NbdSockets.tcp(address);
    int port = Sockets.localAddress(socket).getPort();
    listen(new Listener(socket, NbdSockets::client, null));
    return port;
  }

  /**
   * Takes clients from a socket.
   *
   * @param socket listening; the server closes it
   */
  void listen(int socket) {
    listen(new Listener(socket, fd -> {}, null));
  }

  private void listen(Listener listener) {
    Invariant.check(whenStopped == null, "a server that stops takes no clients");
    listeners.add(listener);
    listener.accept();
  }

  /** What is told of a connection that has no handshake; on the loop's thread. */
  public interface Line {
    /**
     * It is closed: nothing that came over it is begun any more. Once.
     *
     * @param bye true if the client said that it ends; else it may come over another line
     */
    void over(boolean bye);

    /** What was begun has ended too: nothing of it uses the device. Once. */
    void gone();
  }

  /**
   * Serves the kernel's client: requests come without a handshake and get simple replies. See
   * {@link Connection} for how such a connection ends.
   *
   * @param socket connected; the server closes it
   * @param export the name of one that exists
   * @return closes it; does nothing if it is closed
   */
  public Runnable serve(int socket, String export, Line line) {
    Invariant.check(whenStopped == null, "a server that stops takes no clients");
    ExportInfo info = exports().find(export);
    if (info == null) {
      throw new Invariant.Broken("an export is served that exists");
    }
    if (connections.size() >= limits.connectionsMax()) {
      say(Notice.of(NbdNotice.TOO_MANY, limits.connectionsMax()));
      loop.close(socket);
      line.over(false);
      line.gone();
      return () -> {};
    }
    Connection connection = new Connection(this, socket, spare.pop(), info, line);
    connections.add(connection);
    connection.work();
    return connection::leave;
  }

  /** What the kernel's client may ask of a device: the flags of a handshake that it knows. */
  public static int kernelFlags(BlockService device) {
    int known = Wire.HAS_FLAGS | Wire.READ_ONLY | Wire.SEND_FLUSH | Wire.SEND_FUA | Wire.SEND_TRIM;
    return ExportInfo.of("", "", device).flags() & known;
  }

  /** Clients at this moment. */
  public int connections() {
    return connections.size();
  }

  /** Sets up the socket of a new client. */
  private interface Options {
    void set(int socket) throws LinuxException;
  }

  /** One listening socket. */
  private final class Listener {
    private final int socket;
    private final Options options;
    private final @Nullable Path path;

    Listener(int socket, Options options, @Nullable Path path) {
      this.socket = socket;
      this.options = options;
      this.path = path;
    }

    void close() {
      loop.close(socket);
      if (path != null) {
        // A path that stays is removed by the next who listens there.
        path.toFile().delete();
      }
    }

    void accept() {
      if (whenStopped == null) {
        loop.accept(socket, this::accepted);
      } else {
        ended();
      }
    }

    private void accepted(int result) {
      if (whenStopped != null) {
        if (result >= 0) {
          loop.close(result);
        }
        ended();
      } else if (result >= 0) {
        welcome(result, options);
        accept();
      } else {
        // Too many descriptors, no memory, or a client that has gone: others may come.
        say(Notice.of(NbdNotice.CANNOT_ACCEPT, -result));
        loop.at(loop.nanos() + ACCEPT_AGAIN_NANOS, this::accept);
      }
    }

    private void ended() {
      listeners.remove(this);
      stoppedIfDone();
    }
  }

  private void welcome(int socket, Options options) {
    if (connections.size() >= limits.connectionsMax()) {
      say(Notice.of(NbdNotice.TOO_MANY, limits.connectionsMax()));
      loop.close(socket);
      return;
    }
    try {
      options.set(socket);
    } catch (LinuxException e) {
      loop.close(socket);
      return;
    }
    // There is one for each connection that may be.
    Connection connection = new Connection(this, socket, spare.pop());
    connections.add(connection);
    connection.work();
  }

  /** A connection has ended, and its memory is free. */
  void gone(Connection connection, MemorySegment memory) {
    connections.remove(connection);
    spare.push(memory);
    stoppedIfDone();
  }

  // ---- the end

  /**
   * Takes no more clients, answers what is under way, closes all connections.
   *
   * @param done when nothing uses any device or socket any more
   */
  public void stop(Runnable done) {
    Invariant.check(whenStopped == null, "a server is stopped once");
    whenStopped = done;
    for (Listener listener : List.copyOf(listeners)) {
      listener.close();
    }
    List.copyOf(connections).forEach(Connection::leave);
    stoppedIfDone();
  }

  private void stoppedIfDone() {
    Runnable done = whenStopped;
    if (done != null && listeners.isEmpty() && connections.isEmpty() && !ended) {
      ended = true;
      done.run();
    }
  }

  // ---- for connections

  IoLoop loop() {
    return loop;
  }

  Limits limits() {
    return limits;
  }

  /** Tells the operator, unless the same was said a moment ago: clients can be many and wrong. */
  void say(Notice notice) {
    for (NbdNotice code : NbdNotice.values()) {
      if (code.key().equals(notice.code())) {
        Long before = said.get(code);
        if (before != null && loop.nanos() - before < SAY_AGAIN_NANOS) {
          return;
        }
        said.put(code, loop.nanos());
      }
    }
    says.accept(notice);
  }
}

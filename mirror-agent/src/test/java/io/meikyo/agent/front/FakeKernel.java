// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.NbdClient;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's NBD client as far as {@link NbdDevice} can tell: devices with a name and a socket,
 * which are kept when the socket dies, and go when nobody has them open. Any thread.
 */
final class FakeKernel implements KernelNbd, AutoCloseable {
  private static final int REQUEST_MAGIC = 0x25609513;
  private static final int REQUEST_BYTES = 28;
  private static final int REPLY_BYTES = 16;
  static final int WRITE = 1;
  private static final int DISC = 2;

  private final Path folder;
  private final Map<Integer, Disk> disks = new TreeMap<>();
  private int next;

  /** One device. */
  static final class Disk {
    final String backend;
    int socket;
    NbdClient.@Nullable Export export;
    NbdClient.Patience patience;
    boolean goes;
    boolean takenAway;
    int users;
    int refused;

    Disk(int socket, NbdClient.Export export, NbdClient.Patience patience) {
      this.socket = socket;
      this.export = export;
      this.backend = export.backend();
      this.patience = patience;
    }
  }

  FakeKernel(Path folder) {
    this.folder = folder;
  }

  synchronized Disk disk(int index) {
    Disk disk = disks.get(index);
    if (disk == null) {
      throw new AssertionError("there is no nbd" + index);
    }
    return disk;
  }

  private Disk named(int index, String backend) throws LinuxException {
    Disk disk = disks.get(index);
    if (disk == null || !disk.backend.equals(backend)) {
      throw new LinuxException("NBD reconfigure", Errno.EINVAL, backend);
    }
    return disk;
  }

  @Override
  public synchronized int connect(int socket, NbdClient.Export export, NbdClient.Patience patience)
      throws IOException {
    int index = next++;
    disks.put(index, new Disk(Descriptors.duplicate(socket), export, patience));
    return index;
  }

  @Override
  public synchronized void reconnect(
      int index, int socket, String backend, NbdClient.Patience patience) throws IOException {
    Disk disk = named(index, backend);
    disk.patience = patience;
    if (!Sockets.hungUp(disk.socket)) {
      disk.refused++;
      return;
    }
    Descriptors.close(disk.socket);
    disk.socket = Descriptors.duplicate(socket);
  }

  @Override
  public synchronized void patience(int index, String backend, NbdClient.Patience patience)
      throws IOException {
    named(index, backend).patience = patience;
  }

  @Override
  public synchronized void goesAtLastClose(int index, String backend, boolean goes)
      throws IOException {
    named(index, backend).goes = goes;
  }

  @Override
  public synchronized void disconnect(int index) {
    Disk disk = disk(index);
    disk.takenAway = true;
    request(disk, DISC, 0, 0, 0);
    Sockets.shutdown(disk.socket, 2);
  }

  @Override
  public synchronized List<Integer> named(String backend) {
    for (var each : List.copyOf(disks.entrySet())) {
      Disk disk = each.getValue();
      if (disk.users == 0 && disk.goes && !disk.takenAway) {
        disconnect(each.getKey());
      }
      if (disk.users == 0 && disk.takenAway) {
        Descriptors.close(disk.socket);
        disks.remove(each.getKey());
      }
    }
    return disks.entrySet().stream()
        .filter(each -> each.getValue().backend.equals(backend))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public Path device(int index) {
    return folder.resolve("nbd" + index);
  }

  /** Sends a request as the kernel does. */
  static void request(Disk disk, int command, long cookie, long offset, int length) {
    ByteBuffer out = ByteBuffer.allocate(REQUEST_BYTES + (command == WRITE ? length : 0));
    out.putInt(REQUEST_MAGIC).putShort((short) 0).putShort((short) command);
    out.putLong(cookie).putLong(offset).putInt(length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(out.capacity());
      bytes.copyFrom(MemorySegment.ofArray(out.array()));
      // The other end may be gone.
      Descriptors.write(disk.socket, bytes);
    }
  }

  /** The cookie of the next answer, which must be good; -1: the connection has ended. */
  static long answer(Disk disk) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(REPLY_BYTES);
      int got = Sockets.receive(disk.socket, to, Sockets.MSG_WAITALL);
      if (got < REPLY_BYTES) {
        return -1;
      }
      ByteBuffer in = to.asByteBuffer();
      if (in.getInt(4) != 0) {
        throw new AssertionError("errno " + in.getInt(4));
      }
      return in.getLong(8);
    }
  }

  @Override
  public synchronized void close() {
    disks.values().forEach(disk -> Descriptors.close(disk.socket));
    disks.clear();
  }
}

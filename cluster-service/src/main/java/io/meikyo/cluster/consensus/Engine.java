// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.Membership.Voter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpcWithProxy;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * The Ratis server of this process. It closes itself after a long pause, and a group after a
 * failure of its files; once a second that is looked for, said, and the server is built anew with
 * the groups that were open.
 *
 * <p>Any thread; one change at a time, by its lock.
 */
final class Engine implements AutoCloseable {
  private static final long WATCH_MILLIS = 1000;

  private record Open(RaftGroup group, Supplier<EngineState> state) {}

  private final MemberSetup setup;
  private final RaftProperties properties;
  private final Parameters parameters;
  private final ScheduledExecutorService watch;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<RaftGroupId, Open> open = new HashMap<>();
  private final Set<RaftGroupId> failed = ConcurrentHashMap.newKeySet();
  private volatile @Nullable RaftServer server;
  private long calls;
  private boolean closed;

  private Engine(MemberSetup setup, RaftProperties properties, Parameters parameters) {
    this.setup = setup;
    this.properties = properties;
    this.parameters = parameters;
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("consensus-watch-" + setup.self().id()).factory());
  }

  static Engine start(MemberSetup setup, RaftProperties properties, Parameters parameters)
      throws IOException {
    Engine engine = new Engine(setup, properties, parameters);
    engine.build();
    var _ =
        engine.watch.scheduleWithFixedDelay(
            engine::look, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    return engine;
  }

  private void build() throws IOException {
    RaftServer built =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(setup.self().id()))
            .setProperties(properties)
            .setParameters(parameters)
            .setStateMachineRegistry(this::stateFor)
            .build();
    try {
      built.start();
    } catch (IOException | RuntimeException e) {
      built.close();
      throw new IOException("cannot listen on " + setup.self().address(), e);
    }
    server = built;
    for (Open o : open.values()) {
      add(built, o.group, false);
    }
  }

  private EngineState stateFor(RaftGroupId group) {
    Open o = open.get(group);
    if (o == null) {
      throw new IllegalStateException("group " + group + " was not opened here");
    }
    return o.state.get();
  }

  private void look() {
    lock.lock();
    try {
      RaftServer now = server;
      if (closed || (now != null && isWhole(now))) {
        return;
      }
      setup.log().accept("the replicated log has stopped by itself and is started again");
      server = null;
      if (now != null) {
        now.close();
      }
      for (RaftGroupId group : open.keySet()) {
        LogWriter.awaitEnd(member(group));
      }
      failed.clear();
      build();
    } catch (IOException | RuntimeException e) {
      setup.log().accept("the replicated log cannot be started: " + e);
    } finally {
      lock.unlock();
    }
  }

  /** The engine has said that it cannot write a group's log. Any thread; does not wait. */
  void failed(RaftGroupId group, Throwable cause) {
    if (failed.add(group)) {
      setup.log().accept("the replicated log cannot be written: " + cause);
    }
  }

  /** Makes new connections to these members when they are needed next. */
  void reconnect(Collection<RaftPeerId> peers) {
    RaftServer now = server;
    if (now != null && now.getServerRpc() instanceof RaftServerRpcWithProxy<?, ?> rpc) {
      peers.forEach(rpc.getProxies()::resetProxy);
    }
  }

  private RaftGroupMemberId member(RaftGroupId group) {
    return RaftGroupMemberId.valueOf(RaftPeerId.valueOf(setup.self().id()), group);
  }

  private boolean isWhole(RaftServer now) {
    if (!failed.isEmpty()) {
      return false;
    }
    if (now.getLifeCycleState().isClosingOrClosed()) {
      return false;
    }
    for (RaftGroupId group : open.keySet()) {
      RaftServer.@Nullable Division division = division(now, group);
      if (division == null || !isAlive(division.getInfo().getLifeCycleState())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlive(LifeCycle.State state) {
    return !state.isClosingOrClosed() && state != LifeCycle.State.EXCEPTION;
  }

  @Nullable RaftServer server() {
    return server;
  }

  RaftServer.@Nullable Division division(RaftGroupId group) {
    RaftServer now = server;
    return now == null ? null : division(now, group);
  }

  private static RaftServer.@Nullable Division division(RaftServer server, RaftGroupId group) {
    if (!serves(server, group)) {
      return null;
    }
    try {
      return server.getDivision(group);
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean serves(RaftServer server, RaftGroupId group) {
    for (RaftGroupId served : server.getGroupIds()) {
      if (served.equals(group)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Serves a group from now on.
   *
   * @param alone this member is the only voter, if the group's files name none
   * @param format its files are to be made
   */
  void add(RaftGroupId id, boolean alone, boolean format, Supplier<EngineState> state)
      throws IOException {
    lock.lock();
    try {
      RaftServer now = server;
      if (now == null) {
        throw new IOException("the replicated log is not running");
      }
      Voter self = setup.self();
      RaftPeer peer = RaftPeer.newBuilder().setId(self.id()).setAddress(self.address()).build();
      RaftGroup group = RaftGroup.valueOf(id, alone ? List.of(peer) : List.of());
      open.put(id, new Open(group, state));
      try {
        add(now, group, format);
      } catch (IOException | RuntimeException e) {
        open.remove(id);
        throw e;
      }
    } finally {
      lock.unlock();
    }
  }

  private void add(RaftServer to, RaftGroup group, boolean format) throws IOException {
    check(
        to.groupManagement(
            GroupManagementRequest.newAdd(
                ClientId.randomId(), to.getId(), ++calls, group, format)));
  }

  private static void check(RaftClientReply reply) throws IOException {
    if (!reply.isSuccess()) {
      throw new IOException(reply.getException());
    }
  }

  /**
   * Serves a group no more; its files stay. When it returns nothing of it runs.
   *
   * @throws IOException if that cannot be said; to be called again then
   */
  void remove(RaftGroupId id) throws IOException {
    lock.lock();
    try {
      open.remove(id);
      failed.remove(id);
      RaftServer now = server;
      RaftServer.Division division = now == null ? null : division(now, id);
      if (now != null && division != null) {
        leave(now, division);
      }
      LogWriter.awaitEnd(member(id));
    } finally {
      lock.unlock();
    }
  }

  private void leave(RaftServer from, RaftServer.Division division) throws IOException {
    FutureTask<RaftClientReply> leaving =
        new FutureTask<>(() ->
            from.groupManagement(
                GroupManagementRequest.newRemove(
                    ClientId.randomId(),
                    from.getId(),
                    ++calls,
                    division.getGroup().getGroupId(),
                    false,
                    false)));
    Thread.ofVirtual().name("consensus-leave").start(leaving);
    check(LogWriter.hurryUntil(leaving, division));
  }

  static Path current(Path open, RaftGroupId group) {
    return open.resolve(group.getUuid().toString()).resolve("current");
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      watch.shutdown();
      RaftServer now = server;
      try {
        for (RaftGroupId group : List.copyOf(open.keySet())) {
          remove(group);
        }
      } finally {
        server = null;
        if (now != null) {
          now.close();
        }
      }
    } finally {
      lock.unlock();
    }
  }
}

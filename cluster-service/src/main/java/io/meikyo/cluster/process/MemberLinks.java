// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.PeerCall;
import io.meikyo.cluster.join.InUse;
import io.meikyo.cluster.join.JoinPolicy;
import io.meikyo.cluster.join.JoinServer;
import io.meikyo.cluster.peer.PeerCaller;
import io.meikyo.cluster.peer.PeerServer;
import io.meikyo.cluster.peer.PeerSockets;
import io.meikyo.cluster.peer.TlsSockets;
import io.meikyo.cluster.pki.NodeKeys;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import io.meikyo.tls.TlsProblem;
import io.meikyo.tls.TlsWatch;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The links of this member to the others: who it is and whom it believes, where it listens, whom it
 * calls, where servers join. Keys and certificates that are replaced count from the next connection
 * on; a list of revoked certificates that is new here is carried to the others, and ends the
 * connections of those that it names.
 */
final class MemberLinks implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final PkiFolder keys;
  private final MemberJournal self;
  private final Map<String, PeerCaller> callers;
  private final Consumer<Heartbeat.Answer> answers;
  private final Consumer<Notice> log;
  private final @Nullable Tls tls;
  private final boolean trusted;
  private final PeerSockets sockets;
  private final List<PeerServer> servers = new ArrayList<>();
  private final List<JoinServer> joins = new ArrayList<>();
  private final Map<String, String> told = new ConcurrentHashMap<>();
  private volatile Map<String, String> consensus = Map.of();
  private volatile String revoked = "";
  private @Nullable TlsWatch watch;

  /**
   * Links of a member; nothing listens yet.
   *
   * @param trusted the operator wants them open
   * @param callers takes those whom it calls
   * @throws TlsProblem if the keys cannot be used, and are needed
   */
  MemberLinks(
      Path pki,
      MemberJournal self,
      boolean trusted,
      Map<String, PeerCaller> callers,
      Consumer<Heartbeat.Answer> answers,
      Consumer<Notice> log)
      throws TlsProblem {
    this.keys = PkiFolder.at(pki);
    this.self = self;
    this.callers = callers;
    this.answers = answers;
    this.log = log;
    this.trusted = trusted;
    this.tls = trusted && !keys.isMember() ? null : Tls.open(keys.tls(), InstantSource.system());
    this.sockets = trusted || tls == null ? PeerSockets.plain() : new TlsSockets(tls);
  }

  /** For the links of the replicated log; null: they are trusted. */
  @Nullable Tls forLog() {
    return trusted ? null : tls;
  }

  /** Keys and certificates; null if this member has none. */
  @Nullable TlsFiles files() {
    return tls == null ? null : tls.files();
  }

  /** True if the links are open. */
  boolean trusted() {
    return trusted;
  }

  /** Whose consensus member is configured to be at {@code host:port}; null if nobody's is. */
  @Nullable String memberAt(String address) {
    return consensus.get(address);
  }

  // ---- listening

  /** Listens at each address of its own. */
  void listen(PeerServer.Listener listener) throws ClusterProcess.CannotStart, TlsProblem {
    if (tls != null) {
      tls.rehearse();
    }
    for (String address : List.of(self.heartbeat().split(",", -1))) {
      try {
        servers.add(new PeerServer(Addresses.parse(address), sockets, self.clusterId(), listener));
      } catch (IOException e) {
        close();
        throw new ClusterProcess.CannotStart(
            Notice.of(ServiceNotice.CANNOT_LISTEN, address, String.valueOf(e.getMessage())));
      }
    }
  }

  /**
   * Begins to serve, and to look after the keys.
   *
   * @param changed run when there are new ones, or others are believed
   */
  void begin(Runnable changed) {
    servers.forEach(PeerServer::begin);
    if (tls != null) {
      tellInUse();
      takeOwnRevoked();
      watch =
          TlsWatch.begin(
              tls,
              LOOK,
              log,
              () -> {
                judgeAgain();
                changed.run();
                tellInUse();
                takeOwnRevoked();
              });
    }
    if (trusted) {
      log.accept(Notice.of(ServiceNotice.LINKS_OPEN));
    }
  }

  private void judgeAgain() {
    servers.forEach(PeerServer::judgeAgain);
    callers.values().forEach(PeerCaller::judgeAgain);
  }

  /** Where the authority is, others join; they find it at each interconnect. */
  void takeJoiners(ClusterConfig c, JoinPolicy policy) {
    Server me = c.server(self.name()).orElse(null);
    if (me == null || tls == null || !keys.isFounder() || !joins.isEmpty()) {
      return;
    }
    for (IpAddress address : me.interconnects()) {
      InetSocketAddress at = new InetSocketAddress(address.toString(), c.ports().join());
      try {
        joins.add(JoinServer.open(keys, tls, at, policy, InstantSource.system(), log));
      } catch (PkiProblem e) {
        log.accept(e.notice());
      } catch (IOException e) {
        log.accept(Notice.of(ServiceNotice.CANNOT_LISTEN, at, String.valueOf(e.getMessage())));
      }
    }
  }

  // ---- calling

  /** Calls every other member at its addresses. */
  void call(ClusterConfig c) {
    Map<String, String> at = new HashMap<>();
    c.servers().forEach(s -> at.put(s.consensus().toString(), s.name()));
    if (c.witness() instanceof Witness.Voter v) {
      at.put(v.address().toString(), v.name());
    }
    consensus = Map.copyOf(at);
    Map<String, List<InetSocketAddress>> wanted = Addresses.of(c);
    wanted.remove(self.name());
    Set<String> gone = new HashSet<>(callers.keySet());
    wanted.forEach((member, addresses) -> {
      gone.remove(member);
      PeerCaller old = callers.get(member);
      if (old == null || !old.addresses().equals(addresses)) {
        if (old != null) {
          old.close();
        }
        callers.put(member, caller(member, addresses));
      }
    });
    gone.forEach(member -> {
      PeerCaller old = callers.remove(member);
      if (old != null) {
        old.close();
      }
    });
  }

  private PeerCaller caller(String member, List<InetSocketAddress> addresses) {
    return new PeerCaller(
        self.name(),
        member,
        self.clusterId(),
        sockets,
        addresses,
        answers,
        why -> log.accept(Notice.of(ServiceNotice.NOT_BELIEVED, member, why)));
  }

  // ---- what is revoked

  /** Carries the list of revoked certificates to whoever is connected and does not have it yet. */
  void spreadRevoked() {
    String list = revoked;
    if (list.isEmpty()) {
      return;
    }
    callers.forEach((member, caller) -> {
      if (caller.trouble().isEmpty() && !list.equals(told.get(member))) {
        HttpSeam.Request news = new HttpSeam.Request("PUT", "/v1/revoked", Map.of(), list);
        var _ =
            caller
                .call(PeerCall.encode(news))
                .thenAccept(answer -> {
                  if (PeerCall.response(answer).status() == HttpSeam.OK) {
                    told.put(member, list);
                  }
                });
      }
    });
  }

  /** Which certificate we show from now on. */
  private void tellInUse() {
    Tls own = tls;
    if (own != null) {
      try {
        InUse.tell(keys, own.credentials().chain().getFirst().getSerialNumber());
      } catch (IOException e) {
        log.accept(Notice.of(ServiceNotice.FAILED, String.valueOf(e.getMessage())));
      }
    }
  }

  /**
   * The list that counts here from now on. It may name our own former certificate, so the others
   * learn of it only when ours is the new one.
   */
  private void takeOwnRevoked() {
    Path file = keys.tls().revoked();
    if (file != null && Files.exists(file)) {
      try {
        revoked = Files.readString(file);
      } catch (IOException e) {
        log.accept(Notice.of(ServiceNotice.FAILED, String.valueOf(e.getMessage())));
      }
    }
  }

  /** Takes a list that another member brings; older ones change nothing. */
  void takeRevoked(String list) throws PkiProblem {
    if (tls != null) {
      new NodeKeys(keys, new SecureRandom()).takeRevoked(list);
    }
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    List<AutoCloseable> all = new ArrayList<>(servers);
    all.addAll(joins);
    for (AutoCloseable one : all) {
      try {
        one.close();
      } catch (Exception e) {
        log.accept(Notice.of(ServiceNotice.FAILED, String.valueOf(e.getMessage())));
      }
    }
  }
}

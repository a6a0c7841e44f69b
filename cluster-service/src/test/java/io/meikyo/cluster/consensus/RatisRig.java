// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.sim.contract.ConsensusRig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The contract's servers: real members in this process, on loopback, under mutual TLS. */
final class RatisRig implements ConsensusRig {
  /** Generous: the machine may be busy with other things. */
  private static final long AWAIT_NANOS = 120_000_000_000L;

  private static final long LOOK_NANOS = 5_000_000L;
  private static final long LINGER_NANOS = 2_000_000_000L;

  private final Path folder;
  private final TestAuthority authority;
  private final CutLinks links = new CutLinks();
  private final int[] ports = new int[SERVERS];
  private final int[] incarnations = new int[SERVERS];
  private final @Nullable RatisStore[] stores = new RatisStore[SERVERS];
  private final List<String> said = new ArrayList<>();

  RatisRig(Path folder) throws Exception {
    this.folder = folder;
    this.authority = new TestAuthority(folder.resolve("keys"), "cluster");
    for (int i = 0; i < SERVERS; i++) {
      ports[i] = FreePort.take();
    }
  }

  private static String name(int server) {
    return "server" + server;
  }

  @Override
  public Voter voter(int server) {
    return new Voter(name(server) + "#" + incarnations[server], "127.0.0.1:" + ports[server]);
  }

  private Path disk(int server) {
    return folder.resolve(name(server) + "-" + incarnations[server]);
  }

  @Override
  public ConsensusStore boot(int server) {
    try {
      RatisStore store =
          new RatisStore(
              new MemberSetup(
                  voter(server),
                  disk(server),
                  Timing.CALM,
                  authority.member(name(server)),
                  true,
                  this::say),
              Set.of(links.at(name(server))));
      stores[server] = store;
      return store;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private synchronized void say(String line) {
    said.add(line);
  }

  /** What members told their logs. */
  synchronized List<String> said() {
    return List.copyOf(said);
  }

  @Override
  public void stop(int server) {
    RatisStore store = stores[server];
    if (store != null) {
      store.close();
      stores[server] = null;
    }
  }

  @Override
  public void wipe(int server) {
    try (Stream<Path> all = Files.walk(disk(server))) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    incarnations[server]++;
  }

  @Override
  public void cut(int server, int other) {
    links.cut(name(server), name(other));
  }

  @Override
  public void heal() {
    links.heal();
  }

  @Override
  public void await(BooleanSupplier isTrue, String what) {
    long end = System.nanoTime() + AWAIT_NANOS;
    while (!isTrue.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  @Override
  public void linger() {
    long end = System.nanoTime() + LINGER_NANOS;
    await(() -> System.nanoTime() - end > 0, "time to pass");
  }

  @Override
  public int commandsUntilShortened() {
    return 1100;
  }

  @Override
  public int commandBytes() {
    return 3000;
  }

  @Override
  public void close() {
    for (int i = 0; i < SERVERS; i++) {
      stop(i);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.cluster.consensus.GroupJournal.Stage;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.consensus.StateMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one member, in a folder:
 *
 * <pre>
 * lock           held by the process that has the folder
 * groups         the journal: what became of each group
 * closed/ID/     a group that is here and not opened
 * open/ID/       a group that the engine serves; moved there to be opened
 * sealed/ID/     a group left for ever; sealed/ID.state: its last state
 * retired/ID/    the same, put aside; retired/broken-…: what a crash left of one being made
 * </pre>
 *
 * <p>The engine opens by itself whatever it finds in {@code open}; that is why nothing is there
 * when it starts. Folders are moved by rename; the journal decides, and a folder that stands where
 * the journal does not want it is moved when the store is opened.
 *
 * <p>Thread-safe; one call at a time, by its lock.
 */
public final class RatisStore implements ConsensusStore {
  private final MemberSetup setup;
  private final Path open;
  private final Path closed;
  private final Path sealed;
  private final Path retired;
  private final FileChannel lockFile;
  private final GroupJournal journal;
  private final RaftProperties properties;
  private final Parameters parameters;
  private final KeptVotes votes;
  private final Engine engine;
  private final ExecutorService edge;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, RatisLog> logs = new HashMap<>();
  private final Map<UUID, Sealed> told = new HashMap<>();

  /**
   * Opens the folder, or makes it, and begins to listen. No group is opened.
   *
   * @throws IOException if the folder cannot be used, is in use, belongs to another member, or does
   *     not outlive a restart of the server; or if the address cannot be listened on
   */
  public RatisStore(MemberSetup setup) throws IOException {
    this(setup, Set.of());
  }

  /** The same with somebody who looks at what comes over the link. */
  RatisStore(MemberSetup setup, Set<ServerInterceptor> onLink) throws IOException {
    RatisManners.teach();
    this.setup = setup;
    Folders.check(setup.folder(), setup.mayForget());
    open = Files.createDirectories(setup.folder().resolve("open"));
    closed = Files.createDirectories(setup.folder().resolve("closed"));
    sealed = Files.createDirectories(setup.folder().resolve("sealed"));
    retired = Files.createDirectories(setup.folder().resolve("retired"));
    lockFile = locked(setup.folder().resolve("lock"));
    try {
      journal = GroupJournal.open(setup.folder().resolve("groups"), setup.self().id());
      putInOrder();
      properties = RatisSettings.of(setup, open, retired);
      parameters = new Parameters();
      votes = new KeptVotes(open);
      if (setup.tls() != null) {
        GrpcConfigKeys.TLS.setConf(parameters, LinkKeys.config(setup.tls(), setup));
      }
      GrpcConfigKeys.Server.setServicesCustomizer(
          parameters, new LinkGuard(setup.tls(), votes, setup.log(), onLink));
      engine = Engine.start(setup, properties, parameters);
      edge =
          Executors.newThreadPerTaskExecutor(
              Thread.ofVirtual().name("consensus-edge-", 0).factory());
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /** The engine below; for tests. */
  Engine engine() {
    return engine;
  }

  private static FileChannel locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    FileLock held = null;
    try {
      held = channel.tryLock();
    } finally {
      if (held == null) {
        channel.close();
      }
    }
    if (held == null) {
      throw new IOException(file.getParent() + " is in use by another process");
    }
    return channel;
  }

  /** Finishes or undoes what a crash broke off. */
  private void putInOrder() throws IOException {
    for (UUID group : journal.all()) {
      Stage stage = stage(group);
      if (stage == Stage.CREATING || (stage == Stage.JOINING && !isFormatted(group))) {
        aside(open.resolve(group.toString()));
        aside(closed.resolve(group.toString()));
        journal.forget(group);
      } else if (stage == Stage.JOINING) {
        journal.note(group, Stage.JOINED);
      }
    }
    for (Path from : List.of(open, closed, sealed)) {
      for (Path folder : foldersIn(from)) {
        UUID group = group(folder);
        if (group == null) {
          continue;
        }
        Path to = place(group);
        if (to == null) {
          aside(folder);
        } else if (!to.equals(folder)) {
          StateFile.move(folder, to);
        }
      }
    }
  }

  /** The group that a folder is of, by its name; null if it is somebody else's. */
  private static @Nullable UUID group(Path folder) {
    String name = String.valueOf(folder.getFileName());
    try {
      UUID group = UUID.fromString(name);
      return group.toString().equals(name) ? group : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private boolean isFormatted(UUID group) {
    return Files.exists(Engine.current(open, RaftGroupId.valueOf(group)).resolve("raft-meta"));
  }

  /** Where a group's folder belongs while it is not open; null if it is not known. */
  private @Nullable Path place(UUID group) {
    Stage stage = journal.stage(group);
    if (stage == null) {
      return null;
    }
    return switch (stage) {
      case CREATING, JOINING -> null;
      case CREATED, JOINED -> closed.resolve(group.toString());
      case SEALED -> sealed.resolve(group.toString());
      case RETIRED -> retired.resolve(group.toString());
    };
  }

  private static List<Path> foldersIn(Path folder) throws IOException {
    Set<Path> found = new HashSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path one : all) {
        if (Files.isDirectory(one)) {
          found.add(one);
        }
      }
    }
    return List.copyOf(found);
  }

  private void aside(Path folder) throws IOException {
    if (Files.exists(folder)) {
      StateFile.move(
          folder, retired.resolve("broken-" + folder.getFileName() + "-" + System.nanoTime()));
    }
  }

  /**
   * This server has other keys, or believes others: connections that were made with the former ones
   * are replaced. Where nothing changed that does no harm.
   */
  public void keysChanged() {
    lock.lock();
    try {
      logs.values().forEach(RatisLog::reconnect);
    } finally {
      lock.unlock();
    }
  }

  private Stage stage(UUID group) {
    Stage stage = journal.stage(group);
    if (stage == null) {
      throw new IllegalStateException("group " + group + " is not here");
    }
    return stage;
  }

  @Override
  public Set<UUID> local() {
    lock.lock();
    try {
      Set<UUID> here = new HashSet<>(journal.all());
      here.removeIf(group -> !stage(group).isHere());
      return Set.copyOf(here);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ConsensusLog open(UUID group, StateMachine machine) {
    lock.lock();
    try {
      Stage stage = stage(group);
      if (!stage.isHere()) {
        throw new IllegalStateException("group " + group + " is sealed");
      }
      if (logs.containsKey(group)) {
        throw new IllegalStateException("group " + group + " is open already");
      }
      StateFile.move(closed.resolve(group.toString()), open.resolve(group.toString()));
      boolean alone =
          stage == Stage.CREATED
              && !Files.exists(
                  Engine.current(open, RaftGroupId.valueOf(group)).resolve("raft-meta.conf"));
      return serve(group, machine, alone, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ConsensusLog create(UUID group, StateMachine machine) {
    return make(group, machine, Stage.CREATING, Stage.CREATED);
  }

  @Override
  public ConsensusLog join(UUID group, StateMachine machine) {
    return make(group, machine, Stage.JOINING, Stage.JOINED);
  }

  private ConsensusLog make(UUID group, StateMachine machine, Stage making, Stage made) {
    lock.lock();
    try {
      if (journal.stage(group) != null) {
        throw new IllegalStateException(
            "group " + group + " is here already, or was: " + journal.stage(group));
      }
      journal.note(group, making);
      RatisLog log = serve(group, machine, made == Stage.CREATED, true);
      journal.note(group, made);
      return log;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  private RatisLog serve(UUID group, StateMachine machine, boolean alone, boolean format)
      throws IOException {
    Membership voters = alone ? new Membership(List.of(setup.self())) : new Membership(List.of());
    RatisLog log =
        new RatisLog(
            group,
            setup,
            engine,
            votes,
            new GrpcFactory(parameters).newRaftClientRpc(ClientId.randomId(), properties),
            edge,
            machine,
            voters,
            this::seal);
    try {
      votes.add(group);
      engine.add(log.id(), alone, format, log::newEngineState);
    } catch (IOException | RuntimeException e) {
      votes.remove(group);
      log.close();
      throw e;
    }
    logs.put(group, log);
    return log;
  }

  private Sealed seal(RatisLog log) {
    lock.lock();
    try {
      UUID group = log.groupId();
      Sealed before = sealed(group);
      if (before != null) {
        return before;
      }
      log.stop("the group is sealed");
      engine.remove(log.id());
      votes.remove(group);
      LogTail.apply(Engine.current(open, log.id()), log.replica());
      Sealed last = new Sealed(log.replica().at(), log.replica().snapshot());
      new StateFile(last.at(), new byte[0], last.snapshot()).write(stateFile(group));
      journal.note(group, Stage.SEALED);
      told.put(group, last);
      logs.remove(group);
      log.close();
      StateFile.move(open.resolve(group.toString()), sealed.resolve(group.toString()));
      return last;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  private Path stateFile(UUID group) {
    return sealed.resolve(group + ".state");
  }

  @Override
  public @Nullable Sealed sealed(UUID group) {
    lock.lock();
    try {
      Stage stage = journal.stage(group);
      if (stage != Stage.SEALED && stage != Stage.RETIRED) {
        return null;
      }
      Sealed known = told.get(group);
      if (known == null) {
        StateFile saved = StateFile.read(stateFile(group));
        known = new Sealed(saved.at(), saved.state());
        told.put(group, known);
      }
      return known;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void retire(UUID group) {
    lock.lock();
    try {
      if (stage(group) != Stage.SEALED) {
        throw new IllegalStateException("group " + group + " is not sealed: " + stage(group));
      }
      journal.note(group, Stage.RETIRED);
      Path folder = sealed.resolve(group.toString());
      if (Files.exists(folder)) {
        StateFile.move(folder, retired.resolve(group.toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try (FileChannel folder = lockFile) {
      if (!folder.isOpen()) {
        return;
      }
      for (RatisLog log : logs.values()) {
        log.stop("the log is closed");
      }
      engine.close();
      for (RatisLog log : logs.values()) {
        log.close();
      }
      logs.clear();
      edge.shutdown();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }
}

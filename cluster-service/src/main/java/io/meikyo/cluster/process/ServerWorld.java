// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.exec.Cancellation;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.NanoClock;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.node.World;
import io.meikyo.cluster.peer.PeerCaller;
import io.meikyo.cluster.resource.ActionContext;
import io.meikyo.cluster.resource.ActionResult;
import io.meikyo.cluster.resource.Occasion;
import io.meikyo.cluster.resource.Resource;
import io.meikyo.cluster.resource.Status;
import io.meikyo.core.cluster.BeatCodec;
import io.meikyo.core.cluster.GroupRunner;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.notice.Notice;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node acts upon, for real: other members over their callers, resources and monitors on
 * worker threads of their own, the log.
 */
final class ServerWorld implements World, AutoCloseable {
  private static final Duration PROBE = Duration.ofSeconds(10);

  private final String self;
  private final ResourceShelf shelf;
  private final MonitorDesk monitors;
  private final Consumer<Notice> log;
  private final Consumer<NodeDriver.View> onChange;
  private final Downfall downfall;
  private final Consumer<Throwable> broken;
  private final Map<String, PeerCaller> callers = new ConcurrentHashMap<>();
  private final Map<String, Consumer<Heartbeat.Answer>> answers = new ConcurrentHashMap<>();
  private final Map<String, Cancellation> underWay = new ConcurrentHashMap<>();

  /** Actions and looks wait in system calls, which would hold up virtual threads. */
  private final ExecutorService workers =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("resource-", 0).factory());

  private final ExecutorService watchers =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("monitor-", 0).factory());

  private volatile @Nullable ClusterConfig config;

  ServerWorld(
      String self,
      ResourceShelf shelf,
      MonitorDesk monitors,
      Consumer<Notice> log,
      Consumer<NodeDriver.View> onChange,
      Downfall downfall,
      Consumer<Throwable> broken) {
    this.self = self;
    this.shelf = shelf;
    this.monitors = monitors;
    this.log = log;
    this.onChange = onChange;
    this.downfall = downfall;
    this.broken = broken;
  }

  // ---- members

  Map<String, PeerCaller> callers() {
    return callers;
  }

  /** The next answer to this member goes this way. */
  void answersTo(String member, Consumer<Heartbeat.Answer> way) {
    answers.put(member, way);
  }

  @Override
  public void beat(Heartbeat beat) {
    byte[] bytes = BeatCodec.encode(beat);
    callers.values().forEach(c -> c.beat(bytes));
  }

  @Override
  public void answer(String to, Heartbeat.Answer answer) {
    Consumer<Heartbeat.Answer> way = answers.get(to);
    if (way != null) {
      way.accept(answer);
    }
  }

  // ---- resources

  /** The configuration that resources and monitors are made from. */
  void config(ClusterConfig now) {
    config = now;
  }

  @Override
  public void run(String group, GroupRunner.Task task, Consumer<NodeEvent> end) {
    if (task.act() == GroupRunner.Act.STOP_HARD) {
      Cancellation other = underWay.get(task.resource());
      if (other != null) {
        other.cancel();
      }
    }
    if (task.act() == GroupRunner.Act.START && task.definition().kind() == ResourceKind.MD) {
      workers.execute(() -> prepare(group));
    }
    workers.execute(() -> end.accept(carryOut(group, task)));
  }

  /** Mirror disks come first: meanwhile the network is asked about the addresses that follow. */
  private void prepare(String groupName) {
    ClusterConfig c = config;
    Group group = c == null ? null : c.group(groupName).orElse(null);
    if (c == null || group == null) {
      return;
    }
    for (var wanted : group.resources()) {
      if (wanted.kind() == ResourceKind.FIP) {
        shelf
            .resource(c, wanted)
            .prepare(new ActionContext(Limit.of(PROBE), occasion(c, groupName), log));
      }
    }
  }

  private NodeEvent carryOut(String group, GroupRunner.Task task) {
    ClusterConfig c = config;
    if (c == null) {
      Notice why = Notice.of(ServiceNotice.TASK_FAILED, task.resource(), "not configured");
      return new NodeEvent.TaskEnded(group, task.number(), false, why);
    }
    Resource resource = shelf.resource(c, task.definition());
    if (task.act() == GroupRunner.Act.START) {
      downfall.arm();
    }
    Cancellation cancellation = new Cancellation();
    underWay.put(task.resource(), cancellation);
    long began = NanoClock.BOOT.nanos();
    try {
      long deadline = began + task.timeout();
      ActionContext context =
          new ActionContext(
              new Limit(NanoClock.BOOT, deadline, cancellation), occasion(c, group), log);
      ActionResult result =
          switch (task.act()) {
            case START -> resource.start(context);
            case STOP -> resource.stop(context);
            case STOP_HARD -> resource.stopHard(context);
          };
      long millis = (NanoClock.BOOT.nanos() - began) / 1_000_000;
      log.accept(
          Notice.of(ServiceNotice.TASK_ENDED, task.resource(), task.act(), result.outcome(), millis)
              .about("group", group));
      return new NodeEvent.TaskEnded(group, task.number(), result.ok(), result.notice());
    } catch (RuntimeException e) {
      Notice why = Notice.of(ServiceNotice.TASK_FAILED, task.resource(), String.valueOf(e));
      return new NodeEvent.TaskEnded(group, task.number(), false, why);
    } finally {
      underWay.remove(task.resource(), cancellation);
    }
  }

  private Occasion occasion(ClusterConfig c, String groupName) {
    Group group = c.group(groupName).orElse(null);
    int place = group == null ? 0 : group.servers().indexOf(self);
    return new Occasion(groupName, self, Occasion.Reason.START, place == 0, place + 1);
  }

  /** Which resources run here now. Blocks. */
  Set<String> running(ClusterConfig c) {
    Set<String> found = new HashSet<>();
    for (Group group : c.groups()) {
      for (var wanted : group.resources()) {
        Resource resource = shelf.resource(c, wanted);
        if (probe(c, group.name(), resource) == Status.Found.RUNNING) {
          found.add(wanted.name());
        }
      }
    }
    return found;
  }

  private Status.Found probe(ClusterConfig c, String group, Resource resource) {
    ActionContext context = new ActionContext(Limit.of(PROBE), occasion(c, group), log);
    return resource.probe(context).found();
  }

  // ---- monitors

  @Override
  public void look(Monitor monitor, Consumer<NodeEvent> end) {
    watchers.execute(() -> end.accept(looked(monitor)));
  }

  private NodeEvent looked(Monitor monitor) {
    ClusterConfig c = config;
    try {
      if (c != null) {
        MonitorDesk.Finding f = monitors.look(c, monitor);
        return new NodeEvent.Looked(monitor.name(), f.well(), f.notice());
      }
      Notice why = Notice.of(ServiceNotice.TASK_FAILED, monitor.name(), "not configured");
      return new NodeEvent.Looked(monitor.name(), true, why);
    } catch (RuntimeException e) {
      Notice why = Notice.of(ServiceNotice.TASK_FAILED, monitor.name(), String.valueOf(e));
      return new NodeEvent.Looked(monitor.name(), false, why);
    }
  }

  @Override
  public void script(Monitor monitor, Consumer<NodeEvent> end) {
    watchers.execute(() -> end.accept(scriptEnded(monitor)));
  }

  private NodeEvent scriptEnded(Monitor monitor) {
    ClusterConfig c = config;
    try {
      if (c != null) {
        MonitorDesk.Finding f = monitors.script(c, monitor);
        log.accept(f.notice());
        return new NodeEvent.ScriptEnded(monitor.name(), f.well());
      }
    } catch (RuntimeException e) {
      log.accept(Notice.of(ServiceNotice.TASK_FAILED, monitor.name(), String.valueOf(e)));
    }
    return new NodeEvent.ScriptEnded(monitor.name(), false);
  }

  // ---- this server

  @Override
  public void act(FinalAction action, Notice because) {
    log.accept(Notice.of(ServiceNotice.FINAL_ACTION, action.word()));
    switch (action) {
      case NONE, STOP_GROUP, STOP_SERVICE ->
          throw new IllegalArgumentException(action + " is the node's own affair");
      case REBOOT -> downfall.inOrder(true);
      case POWER_OFF -> downfall.inOrder(false);
      case RESET -> downfall.now();
    }
  }

  @Override
  public void lastResort(Notice because) {
    downfall.now();
  }

  @Override
  public void broken(Throwable why) {
    broken.accept(why);
  }

  @Override
  public void tell(Notice notice) {
    log.accept(notice);
  }

  @Override
  public void changed(NodeDriver.View view) {
    onChange.accept(view);
  }

  @Override
  public void close() {
    callers.values().forEach(PeerCaller::close);
    workers.shutdownNow();
    watchers.shutdownNow();
  }
}

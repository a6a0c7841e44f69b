// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.cluster.backup.image.Catalogue.Entry;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the image jobs of one server, each on a thread of its own, and looks after what they
 * leave: snapshots that could not be deleted, and those that are kept.
 *
 * <p>What was under way when the process ended has failed, which the next one finds in the list;
 * unless its manifest stands. Any thread; see {@link ImageJobs}.
 */
public final class ImageDesk implements ImageJobs, AutoCloseable {
  /** Jobs under way at a time: a disk has at most so many snapshots. */
  static final int JOBS_MAX = 4;

  /** How long snapshots are kept that nobody deletes. */
  static final long KEPT_HOURS = 24;

  private static final long CARE_SECONDS = 5;

  /** For whom snapshots are adopted, before the id. */
  private static final String ADOPTED = "backup ";

  private static final long CLOSE_MILLIS = 5000;
  private static final long ROOM_BYTES = 16L << 20;

  /** A part of this of a mirror disk's size is needed for its cluster partition. */
  private static final long CLUSTER_SHARE = 4096;

  private final Catalogue catalogue;
  private final Places places;
  private final ImageJob.Site site;
  private final Consumer<Notice> log;
  private final Map<String, Running> running = new HashMap<>();
  private final Set<Owed> owed = new LinkedHashSet<>();
  private final ScheduledExecutorService care =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("snapshots").factory());
  private boolean caring;
  private boolean swept;
  private volatile boolean closing;

  private record Running(Request request, ImageJob job, Thread thread) {}

  /** A snapshot that is to be deleted. */
  private record Owed(String disk, String cut) {}

  /**
   * A desk that knows what its former life left, and begins to put that right.
   *
   * @param server its name
   * @param state the service's state folder
   * @param agent the mirror agent's control socket
   * @param config the cluster's configuration; null as long as none is known
   * @param log takes what the operator should know
   */
  public ImageDesk(
      String server,
      Path state,
      Path agent,
      Supplier<@Nullable ClusterConfig> config,
      Consumer<Notice> log) {
    this(
        new Catalogue(state.resolve("backups"), log),
        new Places(config),
        new ImageJob.Site(
            server,
            product(),
            new AgentSnapshots(agent),
            System::nanoTime,
            System::currentTimeMillis),
        log);
  }

  ImageDesk(Catalogue catalogue, Places places, ImageJob.Site site, Consumer<Notice> log) {
    this.catalogue = catalogue;
    this.places = places;
    this.site = site;
    this.log = log;
    for (Entry entry : catalogue.all()) {
      if (!entry.state().over()) {
        recover(entry);
      }
    }
    later();
  }

  private static String product() {
    return ResourceBundle.getBundle("io.meikyo.cluster.backup.image.build", Locale.ROOT)
        .getString("version");
  }

  /** One that was under way when the process ended: it has failed, unless all of it was done. */
  private void recover(Entry entry) {
    entry.disks().forEach(disk -> owed.add(new Owed(disk, entry.id())));
    Path place = entry.place();
    long now = site.wallMillis().getAsLong();
    if (place != null && isWhole(place, entry.id())) {
      catalogue.put(entry.ended(State.COMPLETE, now, entry.notices()));
      return;
    }
    List<Notice> why = new ArrayList<>();
    why.add(Notice.of(ImageNotice.INTERRUPTED));
    if (place != null) {
      ImageJob.clear(place, entry.disks(), why);
    }
    catalogue.put(entry.ended(State.FAILED, now, why));
    log.accept(Notice.of(ImageNotice.HAS_FAILED, entry.id()));
    why.forEach(log);
  }

  private static boolean isWhole(Path place, String id) {
    Path file = place.resolve(Manifest.FILE);
    try {
      return Files.exists(file) && Manifest.parse(Files.readString(file)).id().equals(id);
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  // ---- before a cut

  @Override
  public List<Notice> against(@Nullable Path folder, Collection<String> disks) {
    List<Notice> all = new ArrayList<>();
    synchronized (this) {
      if (running.size() >= JOBS_MAX) {
        all.add(Notice.of(ImageNotice.TOO_MANY, JOBS_MAX));
      }
    }
    long needed = 0;
    try {
      for (String disk : disks) {
        long bytes = site.snapshots().bytes(disk);
        needed += bytes + bytes / CLUSTER_SHARE + ROOM_BYTES;
      }
    } catch (ImageProblem e) {
      all.add(e.notice());
    }
    if (folder != null) {
      all.addAll(places.against(folder, needed));
    }
    return all;
  }

  // ---- jobs

  @Override
  public View start(Request request) {
    String id = ImageJobs.id(request.cut());
    ImageJob job = new ImageJob(site, request);
    Running begun =
        new Running(
            request,
            job,
            Thread.ofPlatform().daemon().name("image-" + id).unstarted(() -> carryOut(id, job)));
    Entry entry =
        new Entry(
            id,
            State.WRITING,
            List.copyOf(request.disks().keySet()),
            request.by(),
            request.takenAtMillis(),
            0,
            0,
            CutStatus.NONE,
            job.place(),
            List.of());
    synchronized (this) {
      Notice refused = refused(id, request);
      if (refused != null) {
        return entry.ended(State.FAILED, site.wallMillis().getAsLong(), List.of(refused)).view();
      }
      // Before the first snapshot is adopted: whoever finds this entry deletes them.
      catalogue.put(entry);
      running.put(id, begun);
    }
    List<Notice> why = new ArrayList<>();
    if (request.folder() != null) {
      why.addAll(places.against(request.folder(), 0));
    }
    for (String disk : request.disks().keySet()) {
      if (why.isEmpty()) {
        try {
          site.snapshots().keep(disk, id, ADOPTED + id);
        } catch (ImageProblem e) {
          why.add(e.notice());
        }
      }
    }
    if (!why.isEmpty()) {
      return ended(entry, State.FAILED, why);
    }
    begun.thread.start();
    return view(entry, job);
  }

  private @Nullable Notice refused(String id, Request request) {
    if (request.disks().isEmpty()) {
      return Notice.of(ImageNotice.NO_DISKS);
    }
    if (catalogue.find(id) != null) {
      return Notice.of(ImageNotice.TWICE, id);
    }
    return running.size() >= JOBS_MAX || closing ? Notice.of(ImageNotice.TOO_MANY, JOBS_MAX) : null;
  }

  private void carryOut(String id, ImageJob job) {
    List<Notice> why = new ArrayList<>();
    State how = State.FAILED;
    try {
      why.addAll(job.run());
      how = job.state();
    } catch (ImageProblem e) {
      why.add(e.notice());
    } catch (Stop.Stopped e) {
      why.add(Notice.of(closing ? ImageNotice.INTERRUPTED : ImageNotice.CANCELLED));
    } catch (RuntimeException | Error e) {
      why.add(Notice.of(ImageNotice.BROKEN, e.toString()));
    }
    if (how == State.FAILED) {
      why.addAll(job.notices());
    }
    Entry entry = catalogue.find(id);
    if (entry != null) {
      Entry known =
          new Entry(
              id,
              entry.state(),
              entry.disks(),
              entry.by(),
              entry.takenAtMillis(),
              0,
              job.total(),
              job.verdict(),
              entry.place(),
              List.of());
      ended(known, how, why);
    }
  }

  /** Notes how it ended, and then lets its snapshots go unless they are kept. */
  private View ended(Entry entry, State how, List<Notice> why) {
    Entry end = entry.ended(how, site.wallMillis().getAsLong(), why);
    catalogue.put(end);
    synchronized (this) {
      running.remove(end.id());
      if (how != State.KEPT) {
        end.disks().forEach(disk -> owed.add(new Owed(disk, end.id())));
      }
    }
    log.accept(
        switch (how) {
          case COMPLETE ->
              Notice.of(ImageNotice.IS_COMPLETE, end.id(), String.valueOf(end.place()));
          case KEPT -> Notice.of(ImageNotice.IS_KEPT, end.id(), KEPT_HOURS);
          default -> Notice.of(ImageNotice.HAS_FAILED, end.id());
        });
    why.forEach(log);
    if (how != State.KEPT) {
      pay();
    }
    later();
    return end.view();
  }

  @Override
  public @Nullable View look(String id) {
    Entry entry = catalogue.find(id);
    if (entry == null) {
      return null;
    }
    Running now;
    synchronized (this) {
      now = running.get(id);
    }
    // A job that has just ended is in the list as it ended.
    return now == null || entry.state().over() ? entry.view() : view(entry, now.job);
  }

  private static View view(Entry entry, ImageJob job) {
    State state = job.state();
    return new View(
        entry.id(),
        state.over() ? State.WAITING : state,
        entry.disks(),
        entry.by(),
        entry.takenAtMillis(),
        job.done(),
        job.total(),
        job.verdict(),
        entry.place(),
        List.of());
  }

  @Override
  public List<View> all() {
    List<View> all = new ArrayList<>();
    for (Entry entry : catalogue.all()) {
      View view = look(entry.id());
      if (view != null) {
        all.add(view);
      }
    }
    return all;
  }

  @Override
  public boolean cancel(String id) {
    Running now;
    synchronized (this) {
      now = running.get(id);
    }
    if (now == null) {
      return false;
    }
    now.job.stop();
    return true;
  }

  // ---- what is left

  /** Looks again in a while, if there is anything to look after. */
  private synchronized void later() {
    boolean kept = catalogue.all().stream().anyMatch(e -> e.state() == State.KEPT);
    if (caring || closing || (owed.isEmpty() && !kept && swept)) {
      return;
    }
    caring = true;
    try {
      var _ = care.schedule(this::care, CARE_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      caring = false; // closed meanwhile
    }
  }

  /** One look at what is left. */
  void care() {
    synchronized (this) {
      caring = false;
    }
    sweep();
    kept();
    pay();
    later();
  }

  /**
   * Once: snapshots that a former life of this service had adopted, and could not delete any more.
   * Those of some providers outlive every process.
   */
  private void sweep() {
    synchronized (this) {
      if (swept) {
        return;
      }
    }
    List<Snapshots.Snapshot> all;
    try {
      all = site.snapshots().list();
    } catch (ImageProblem e) {
      return; // the agent does not answer: it is looked again
    }
    for (Snapshots.Snapshot each : all) {
      String cut = each.name().substring(each.name().lastIndexOf('@') + 1);
      Entry entry = each.adopted().equals(ADOPTED + cut) ? catalogue.find(cut) : null;
      if (entry != null && entry.state().over() && entry.state() != State.KEPT) {
        synchronized (this) {
          owed.add(new Owed(each.disk(), cut));
        }
      }
    }
    synchronized (this) {
      swept = true;
    }
  }

  /** Deletes what is to be deleted; what cannot be now is tried again. */
  private void pay() {
    List<Owed> due;
    synchronized (this) {
      due = List.copyOf(owed);
    }
    for (Owed each : due) {
      try {
        site.snapshots().delete(each.disk, each.cut);
      } catch (ImageProblem e) {
        continue; // the agent is away, and its snapshots with it; or it is asked again
      }
      synchronized (this) {
        owed.remove(each);
      }
    }
  }

  /** Kept snapshots that nobody deletes end; those that are gone are kept no more. */
  private void kept() {
    List<Entry> kept = catalogue.all().stream().filter(e -> e.state() == State.KEPT).toList();
    if (kept.isEmpty()) {
      return;
    }
    List<Snapshots.Snapshot> all;
    try {
      all = site.snapshots().list();
    } catch (ImageProblem e) {
      return; // the agent does not answer: it is looked again
    }
    long now = site.wallMillis().getAsLong();
    for (Entry entry : kept) {
      Notice why = null;
      if (now - entry.endedAtMillis() >= TimeUnit.HOURS.toMillis(KEPT_HOURS)) {
        why = Notice.of(ImageNotice.KEPT_OVER, KEPT_HOURS);
      }
      for (String disk : entry.disks()) {
        String name = disk + "@" + entry.id();
        Snapshots.Snapshot one =
            all.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
        if (one == null || !one.stands()) {
          String lost = one == null ? "it was deleted, or the mirror agent ended" : one.why();
          why = Notice.of(ImageNotice.KEPT_GONE, name, lost);
        }
      }
      if (why != null) {
        catalogue.put(entry.ended(State.GONE, now, List.of(why)));
        log.accept(why);
        synchronized (this) {
          entry.disks().forEach(disk -> owed.add(new Owed(disk, entry.id())));
        }
      }
    }
  }

  /** Ends what is under way: it fails. Waits a moment until its files are gone. */
  @Override
  public void close() {
    List<Running> now;
    synchronized (this) {
      closing = true;
      now = List.copyOf(running.values());
    }
    now.forEach(each -> each.job.stop());
    care.shutdownNow();
    try {
      for (Running each : now) {
        each.thread.join(CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the next life finds them in the list
    }
  }
}

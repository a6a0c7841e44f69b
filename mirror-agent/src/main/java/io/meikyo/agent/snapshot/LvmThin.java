// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Thin snapshots of the logical volume that is the data partition, by the programs of LVM 2.
 *
 * <pre>
 *   lvs --reportformat json -o vg_name,lv_name,pool_lv DATA
 *   lvs --reportformat json -o data_percent,metadata_percent VG/POOL
 *   lvcreate --snapshot --name meikyo-md1-0-5aa9 --permission r --setautoactivation n
 *            --setactivationskip n --yes VG/LV
 *   lvchange --activate y --ignoreactivationskip VG/NAME
 *   lvremove --yes VG/NAME
 *   lvs --reportformat json -o lv_name VG
 * </pre>
 *
 * A thin snapshot is made without a size: it takes its room from the pool. A write of the mirror
 * disk takes room there too; what happens when the pool is full is LVM's affair ({@code
 * thin_pool_autoextend_threshold}), but none is taken when it is almost.
 */
final class LvmThin implements Provider {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  /** A pool with more in it takes no more snapshots, percent. */
  private static final double FULL_PERCENT = 90;

  /** As LVM prints them: names have no quotes and no braces. */
  private static final Pattern OBJECT = Pattern.compile("\\{([^{}]*)\\}");

  private static final Pattern FIELD = Pattern.compile("\"([a-z_0-9]+)\"\\s*:\\s*\"([^\"]*)\"");

  /** Where LVM and its devices are. */
  record Places(Path programs, Path devices) {
    static final Places USUAL = new Places(Path.of("/usr/sbin"), Path.of("/dev"));
  }

  private record Volume(String group, String name, String pool) {}

  private final String mirror;
  private final String begin;
  private final Origin origin;
  private final Path data;
  private final Places places;
  private @Nullable Volume known;

  /** Does nothing yet. */
  LvmThin(String mirror, int replica, Origin origin, Path data, Places places) {
    this.mirror = mirror;
    this.begin = "meikyo-" + CutNames.begin(mirror, replica);
    this.origin = origin;
    this.data = data;
    this.places = places;
  }

  @Override
  public String word() {
    return ProviderSpec.Kind.LVM_THIN.word();
  }

  @Override
  public String place() {
    return data.toString();
  }

  @Override
  public boolean outlives() {
    return true;
  }

  /** Looks which volume it is, so that a hold need not wait for that. */
  @Override
  public List<Notice> begin() {
    try {
      volume(PATIENCE);
      return List.of();
    } catch (NotTaken e) {
      return List.of(e.notice());
    }
  }

  private Program.End lvm(long nanos, String program, String... words) {
    List<String> all = new ArrayList<>();
    all.add(places.programs.resolve(program).toString());
    all.addAll(List.of(words));
    return Program.run(all, Map.of(), nanos);
  }

  /** Rows of a report; each row has the fields that were asked for. */
  static List<Map<String, String>> rows(String json) {
    List<Map<String, String>> all = new ArrayList<>();
    Matcher object = OBJECT.matcher(json);
    while (object.find()) {
      Map<String, String> row = new HashMap<>();
      Matcher field = FIELD.matcher(object.group(1));
      while (field.find()) {
        row.put(field.group(1), field.group(2));
      }
      if (!row.isEmpty()) {
        all.add(row);
      }
    }
    return all;
  }

  private List<Map<String, String>> report(long nanos, String fields, String of) throws NotTaken {
    Program.End end = lvm(nanos, "lvs", "--reportformat", "json", "-o", fields, of);
    if (!end.ok()) {
      throw notTaken(end.why());
    }
    return rows(end.out());
  }

  private synchronized Volume volume(long nanos) throws NotTaken {
    Volume now = known;
    if (now == null) {
      List<Map<String, String>> rows = report(nanos, "vg_name,lv_name,pool_lv", data.toString());
      Map<String, String> row = rows.size() == 1 ? rows.getFirst() : Map.of();
      now =
          new Volume(
              row.getOrDefault("vg_name", ""),
              row.getOrDefault("lv_name", ""),
              row.getOrDefault("pool_lv", ""));
      if (now.group.isEmpty() || now.name.isEmpty()) {
        throw notTaken(data + " is no logical volume");
      }
      if (now.pool.isEmpty()) {
        throw notTaken(data + " is no thin volume");
      }
      known = now;
    }
    return now;
  }

  private NotTaken notTaken(String reason) {
    return new NotTaken(mirror, word(), reason);
  }

  private String name(long cutId) {
    return CutNames.name(begin, cutId, "");
  }

  @Override
  public Set<Long> list() throws NotTaken {
    Set<Long> all = new TreeSet<>();
    try {
      for (Map<String, String> row : report(PATIENCE, "lv_name", volume(PATIENCE).group)) {
        long cutId = CutNames.cutId(begin, row.getOrDefault("lv_name", ""), "");
        if (cutId != 0) {
          all.add(cutId);
        }
      }
      return all;
    } catch (NotTaken e) {
      throw new NotTaken(Notice.of(SnapshotNotice.NOT_LISTED, mirror, word(), e.reason()));
    }
  }

  @Override
  public Taken take(long cutId, long nanos) throws NotTaken {
    long until = System.nanoTime() + nanos;
    Volume volume = volume(nanos);
    room(volume, until - System.nanoTime());
    Program.End end =
        lvm(
            until - System.nanoTime(),
            "lvcreate",
            "--snapshot",
            "--name",
            name(cutId),
            "--permission",
            "r",
            "--setautoactivation",
            "n",
            "--setactivationskip",
            "n",
            "--yes",
            volume.group + "/" + volume.name);
    if (!end.gone().isDone()) {
      // It was killed and hangs in the kernel: what it may go on with there must not stay.
      var _ = end.gone().thenRunAsync(() -> remove(cutId, null), Program::beside);
    }
    if (!end.ok()) {
      throw notTaken(end.why());
    }
    return WholeImage.open(mirror, word(), device(volume, cutId), origin.bytes());
  }

  private void room(Volume volume, long nanos) throws NotTaken {
    String of = volume.group + "/" + volume.pool;
    for (Map<String, String> row : report(nanos, "data_percent,metadata_percent", of)) {
      for (Map.Entry<String, String> each : row.entrySet()) {
        if (percent(each.getValue()) > FULL_PERCENT) {
          throw notTaken(
              "the thin pool " + of + " is almost full: " + each.getKey() + " " + each.getValue());
        }
      }
    }
  }

  private static double percent(String text) {
    return text.matches("[0-9]{1,3}([.][0-9]{1,4})?") ? Double.parseDouble(text) : 0;
  }

  private Path device(Volume volume, long cutId) {
    return places.devices.resolve(volume.group).resolve(name(cutId));
  }

  @Override
  public Taken find(long cutId, String where) throws NotTaken {
    Volume volume = volume(PATIENCE);
    Program.End end =
        lvm(
            PATIENCE,
            "lvchange",
            "--activate",
            "y",
            "--ignoreactivationskip",
            volume.group + "/" + name(cutId));
    if (!end.ok()) {
      throw notTaken(end.why());
    }
    return WholeImage.open(mirror, word(), device(volume, cutId), origin.bytes());
  }

  @Override
  public @Nullable Notice remove(long cutId, @Nullable Taken taken) {
    try {
      Volume volume = volume(PATIENCE);
      if (taken == null && !list().contains(cutId)) {
        return null;
      }
      Program.End end = lvm(PATIENCE, "lvremove", "--yes", volume.group + "/" + name(cutId));
      return end.ok() ? null : Notice.of(SnapshotNotice.NOT_REMOVED, mirror, word(), end.why());
    } catch (NotTaken e) {
      return Notice.of(SnapshotNotice.NOT_REMOVED, mirror, word(), e.reason());
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.agent.partition.InspectPartition;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cluster.config.CarriedConfig;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.Finding;
import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Founds a cluster again from what a cluster partition carries, after the system disks of all its
 * servers are gone (rule R13): under its former id and with the former ids of its mirror disks, so
 * that their images are its own.
 *
 * <p>Reading changes nothing. {@link #prepare} leaves what the founding goes by, and the mark of a
 * restore: no agent opens a partition here, and no group that has a mirror disk starts, before the
 * images are restored. It can be run again.
 */
public final class FoundAgain {
  /** Ids of mirror disks that exist already, in the state folder. */
  static final String DISK_IDS = "disk-ids";

  /**
   * What a partition carries.
   *
   * @param carried the cluster as it was
   * @param config its configuration, read
   * @param said what there is to say of it, in order
   */
  public record Found(CarriedConfig carried, ClusterConfig config, List<Notice> said) {
    /** Freezes the list. */
    public Found {
      said = List.copyOf(said);
    }
  }

  /** It cannot be done; nothing was changed. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Notice notice;

    Refused(Notice notice) {
      super(notice.toString());
      this.notice = notice;
    }

    /** Why. */
    public Notice notice() {
      return notice;
    }
  }

  private FoundAgain() {}

  /** A copy, and the partition that it stands on. */
  private record Copy(PartitionReading.Loaded on, long version, CarriedConfig carried) {}

  /**
   * The configuration that a cluster partition, or an image of one, carries, as it was applied.
   *
   * @throws Refused if it carries none that can be read
   */
  public static String text(Path partition) throws Refused {
    return copy(partition).carried.text();
  }

  /**
   * Reads what a cluster partition, or an image of one, carries. Nothing is changed.
   *
   * @throws Refused if it carries nothing that can be used
   */
  public static Found look(Path partition) throws Refused {
    Copy copy = copy(partition);
    CarriedConfig carried = copy.carried;
    ConfigReading reading = ConfigReader.read(partition.toString(), carried.text());
    ClusterConfig config = reading.config().orElse(null);
    if (config == null) {
      throw new Refused(Notice.of(AgainNotice.CONFIG_BAD, partition, reading.errors()));
    }
    List<Notice> said = new ArrayList<>();
    copy.on.findings().forEach(f -> said.add(f.notice()));
    said.add(
        Notice.of(AgainNotice.CARRIED, partition, config.name(), carried.cluster(), copy.version));
    said.add(
        Notice.of(
            AgainNotice.SERVERS,
            config.servers().stream().map(Server::name).collect(Collectors.joining(", ")),
            config.groups().isEmpty()
                ? "-"
                : config.groups().stream().map(Group::name).collect(Collectors.joining(", "))));
    new TreeMap<>(carried.disks())
        .forEach((name, disk) -> said.add(Notice.of(AgainNotice.DISK, name, disk)));
    said.add(image(partition, copy.on.partition().superblock()));
    said.add(Notice.of(AgainNotice.ALONE, config.name()));
    return new Found(carried, config, said);
  }

  private static Copy copy(Path partition) throws Refused {
    InspectPartition.Result result;
    try {
      result = InspectPartition.inspect(partition);
    } catch (PartitionProblem e) {
      throw new Refused(e.notice());
    }
    if (!(result.reading() instanceof PartitionReading.Loaded loaded)) {
      List<Finding> why = result.reading().findings();
      throw new Refused(
          why.isEmpty() ? Notice.of(AgainNotice.NO_COPY, partition) : why.getFirst().notice());
    }
    ConfigCopy copy = result.config();
    if (copy == null) {
      throw new Refused(none(partition, loaded));
    }
    CarriedConfig carried = CarriedConfig.decode(copy.configuration());
    if (carried == null) {
      throw new Refused(Notice.of(AgainNotice.NOT_READ, partition, copy.version()));
    }
    Identity id = loaded.partition().superblock().identity();
    if (!carried.cluster().equals(id.clusterId()) || !copy.clusterId().equals(id.clusterId())) {
      throw new Refused(
          Notice.of(AgainNotice.OTHER_CLUSTER, partition, carried.cluster(), id.clusterId()));
    }
    return new Copy(loaded, copy.version(), carried);
  }

  /** Nothing was ever written there, or what was is damaged. */
  private static Notice none(Path partition, PartitionReading.Loaded loaded) {
    for (Finding f : loaded.findings()) {
      if (f.what() == FormatNotice.CONFIG_LOST || f.what() == FormatNotice.CONFIG_DAMAGED) {
        String flaw =
            f.notice().args().stream()
                .filter(a -> a.name().equals("flaw"))
                .map(a -> String.valueOf(a.value()))
                .findFirst()
                .orElse("?");
        return Notice.of(AgainNotice.DAMAGED, partition, flaw);
      }
    }
    return Notice.of(AgainNotice.NO_COPY, partition);
  }

  private static Notice image(Path partition, Superblock s) {
    return s.backup().flagOn()
        ? Notice.of(
            AgainNotice.CUT,
            Long.toHexString(s.cut().cutId()),
            s.cut().status(),
            Instant.ofEpochMilli(s.backup().beganAtMillis()),
            s.identity().replica())
        : Notice.of(AgainNotice.NO_IMAGE, partition);
  }

  /**
   * Leaves in the state folder what the founding goes by. Durable when it returns; {@link
   * Membership#found} follows.
   *
   * @throws Refused if the folder is that of a member already, or is prepared for other disks
   * @throws IOException if it cannot be written
   */
  public static void prepare(Path state, CarriedConfig carried) throws Refused, IOException {
    ServiceFolder folder = new ServiceFolder(state, state);
    if (Files.exists(folder.journal())) {
      MemberJournal known = MemberJournal.read(folder.journal());
      throw new Refused(
          Notice.of(ServiceNotice.ALREADY_A_MEMBER, state, known.name(), known.clusterId()));
    }
    StringBuilder ids = new StringBuilder();
    new TreeMap<>(carried.disks())
        .forEach((String name, UUID id) -> ids.append(name).append('=').append(id).append('\n'));
    Path file = state.resolve(DISK_IDS);
    if (Files.exists(file) && !Files.readString(file).equals(ids.toString())) {
      throw new Refused(Notice.of(AgainNotice.IDS_THERE, file));
    }
    Files.createDirectories(
        state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    WholeFile.write(file, ids.toString());
    RestoreMark.set(state);
  }
}

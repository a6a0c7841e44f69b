// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What snapshots of one mirror disk are taken of, and by whom.
 *
 * @param mirror name of the mirror disk
 * @param replica number of this server's replica
 * @param data data partition
 * @param cluster cluster partition
 * @param origin the data partition, open
 * @param place where the agent keeps what belongs to snapshots
 * @param spec who takes them
 * @param devices block devices of the mirror disks of this server, while they have one; any thread
 */
public record SnapshotSource(
    String mirror,
    int replica,
    Path data,
    Path cluster,
    Origin origin,
    SnapshotPlace place,
    ProviderSpec spec,
    List<Supplier<@Nullable Path>> devices) {

  /** The one that is configured. */
  Provider provider() {
    return switch (spec.kind()) {
      case BUILT_IN ->
          new StoreFolder(mirror, place, origin.bytes(), devices, p -> p.toFile().getUsableSpace());
      case REFLINK -> {
        Path folder = spec.folder();
        Path beside = data.toAbsolutePath().getParent();
        yield new ReflinkFiles(
            mirror,
            replica,
            origin,
            folder != null ? folder : Objects.requireNonNull(beside, "a file is in a folder"));
      }
      case LVM_THIN -> new LvmThin(mirror, replica, origin, data, LvmThin.Places.USUAL);
      case SCRIPT ->
          new ScriptSnapshots(
              mirror,
              replica,
              origin,
              Objects.requireNonNull(spec.script(), "a script has a path"),
              data,
              cluster);
    };
  }

  /** Where notes are kept about what outlives the agent. */
  SnapshotNotes notes() {
    return new SnapshotNotes(place.folder(), mirror, replica);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The built-in store. */
class BuiltInContractTest extends ProviderContract {
  private @Nullable SmallFileSystem small;

  @Override
  Path folder() {
    return temp;
  }

  @Override
  ProviderSpec spec() {
    return ProviderSpec.BUILT_IN;
  }

  @Override
  SnapshotPlace place() {
    return small == null ? super.place() : new SnapshotPlace(small.at.resolve("stores"), 64 << 20);
  }

  @Override
  List<String> left() throws IOException {
    Path stores = place().folder();
    if (!Files.isDirectory(stores)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(stores)) {
      // One is always ready for the next cut.
      return all.map(Path::toString).skip(1).toList();
    }
  }

  @Override
  boolean fill() throws IOException {
    SmallFileSystem now = SmallFileSystem.mount(temp, "xfs", "-m", "reflink=1");
    small = now;
    now.leave(4 << 20);
    return true;
  }

  @Override
  void empty() throws IOException {
    if (small != null) {
      small.empty();
    }
  }

  @AfterEach
  void unmount() {
    if (small != null) {
      small.close();
    }
  }
}

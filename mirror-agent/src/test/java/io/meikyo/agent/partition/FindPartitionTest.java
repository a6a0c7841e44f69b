// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindPartitionTest {
  @TempDir private Path folder;

  @Test
  void aPartitionIsFoundByWhatIsWrittenOnIt() throws Exception {
    Lab lab = new Lab(folder).made();
    Files.write(folder.resolve("sdz"), new byte[8192]);
    List<String> lines =
        List.of(
            "major minor  #blocks  name",
            "",
            "   8        0    1024 data",
            "   8        1    1024 cluster",
            "   8        2       4 sdz",
            "   8        3       4 gone");
    assertThat(FindPartition.of(Lab.DISK, lines, folder)).containsExactly(lab.cluster);
    assertThat(FindPartition.of(new UUID(1, 1), lines, folder)).isEmpty();
    assertThat(FindPartition.of(new UUID(1, 1))).as("nobody has this one").isEmpty();
  }

  @Test
  void theDataPartitionIsProbablyBesideIt() throws Exception {
    Lab lab = new Lab(folder).made();
    Path data = Files.move(lab.data, folder.resolve("sdc1"));
    Path cluster = Files.move(lab.cluster, folder.resolve("sdc2"));
    Path was1 = folder.resolve("sdb1");
    Path was2 = folder.resolve("sdb2");
    assertThat(FindPartition.dataBeside(was1, was2, cluster)).isEqualTo(data);
    assertThat(FindPartition.dataBeside(was1, folder.resolve("sdb3"), cluster)).isNull();
    assertThat(FindPartition.dataBeside(folder.resolve("sdb5"), was2, cluster)).isNull();
    assertThat(FindPartition.dataBeside(was2, was2, cluster)).isNull();
    Files.write(data, new byte[4096]);
    assertThat(FindPartition.dataBeside(was1, was2, cluster)).as("too small").isNull();
  }
}

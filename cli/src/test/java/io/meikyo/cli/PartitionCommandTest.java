// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionCommandTest {
  private static final String CLUSTER = "01234567-89ab-cdef-0011-223344556677";
  private static final String DISK = "8899aabb-ccdd-eeff-fedc-ba9876543210";

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> line = new ArrayList<>(List.of("partition"));
    line.addAll(List.of(words));
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(line.toArray(String[]::new));
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private String cluster() {
    return folder.resolve("cluster").toString();
  }

  private int create(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "create",
                "--data",
                data(),
                "--cluster",
                cluster(),
                "--cluster-id",
                CLUSTER,
                "--disk-id",
                DISK,
                "--replica",
                "1"));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private void damage(long offset) throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(cluster(), "rw")) {
      f.seek(offset);
      int b = f.read();
      f.seek(offset);
      f.write(b ^ 1);
    }
  }

  @Test
  void aPartitionIsMadeDescribedCheckedAndRepaired() throws Exception {
    assertThat(create("--allocate", "8MiB")).as(err.toString()).isZero();
    assertThat(run("check", cluster(), "--data", data(), "--expect-replica", "1")).isZero();
    assertThat(run("inspect", cluster())).isZero();
    assertThat(out.toString()).contains("Replica 1 of mirror disk " + DISK).contains("blank");

    damage(8 << 20);
    assertThat(run("check", cluster())).isEqualTo(1);
    assertThat(out.toString()).contains("of map change are damaged");
    assertThat(run("repair", cluster(), "--dry-run")).isZero();
    assertThat(run("check", cluster())).isEqualTo(1);
    assertThat(run("repair", cluster())).isZero();
    assertThat(run("check", cluster())).isZero();
    assertThat(run("inspect", "--json", cluster())).isZero();
    assertThat(out.toString()).contains("\"replica\": 1").contains("\"condition\": \"BLANK\"");
  }

  @Test
  void aRefusalTellsCauseAndCorrectionInBothLanguages() {
    assertThat(create("--allocate", "8M")).isZero();
    assertThat(create()).isEqualTo(1);
    assertThat(err.toString())
        .contains("is already a cluster partition")
        .contains("  why: ")
        .contains("  do: ")
        .contains("--force");
    assertThat(create("--lang", "ja")).isEqualTo(1);
    assertThat(err.toString()).contains("すでにクラスターパーティションです").contains("  対処: ");
  }

  @ParameterizedTest
  @CsvSource({
    "--block-size, 1024, --block-size is 512 or 4096",
    "--replica, 8, a replica has a number from 0 to 7",
    "--replicas, '0,9', a replica has a number from 0 to 7",
    "--size, 12XB, is not a size",
    "--size, 999999999999T, is too large",
    "--cluster-id, nonsense, Invalid value"
  })
  void wrongUsageIsToldAndNothingIsDone(String option, String value, String told) {
    int status =
        option.equals("--replica")
            ? run(
                "create",
                "--data",
                data(),
                "--cluster",
                cluster(),
                "--cluster-id",
                CLUSTER,
                "--disk-id",
                DISK,
                "--replica",
                value)
            : create("--allocate", "8M", option, value);
    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains(told);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatIsMissingIsToldToo() {
    assertThat(run("check")).isEqualTo(2);
    assertThat(run("inspect", folder.resolve("none").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("does not exist");
  }

  @Test
  void checksAsJson() {
    assertThat(create("--allocate", "8M")).isZero();
    assertThat(run("check", "--json", cluster(), data())).isEqualTo(1);
    assertThat(out.toString())
        .startsWith("[")
        .contains("\"clean\": true")
        .contains("\"clean\": false")
        .contains("\"code\": \"partition.not-made\"")
        .contains("\"correction\": \"Check the path.");
  }
}

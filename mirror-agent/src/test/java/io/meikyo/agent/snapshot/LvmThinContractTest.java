// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.snapshot.SnapWorld.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * LVM's commands as the provider gives them, answered by a stand-in that behaves as their manual
 * pages say: no volume group and no device mapper is touched. That it works with LVM itself is not
 * shown here.
 */
class LvmThinContractTest extends ProviderContract {
  /**
   * A volume group "vg" whose thin volume "lv" is the disk's file and whose volumes are files below
   * {@code dev/vg}. Options that are not known end it with 3, as LVM does; what fails with 5.
   */
  private static final String STAND_IN =
      """
      #!/bin/sh
      root=$(cd "$(dirname "$0")/.." && pwd)
      me=$(basename "$0")
      echo "$me $*" >> "$root/log"
      fail() { echo "  $1" >&2; exit 5; }
      misused() { echo "  $me: unrecognized option '$1'" >&2; exit 3; }
      case "$me $*" in
        "lvs --reportformat json -o vg_name,lv_name,pool_lv $root/data")
          pool=$(cat "$root/pool")
          printf '  {\\n "report": [\\n {\\n "lv": [\\n {"vg_name":"vg", "lv_name":"lv",'
          printf ' "pool_lv":"%s"}\\n ]\\n }\\n ]\\n }\\n' "$pool" ;;
        "lvs --reportformat json -o data_percent,metadata_percent vg/pool")
          printf '  {\\n "report": [\\n {\\n "lv": [\\n {"data_percent":"%s", ' "$(cat "$root/full")"
          printf '"metadata_percent":"10.04"}\\n ]\\n }\\n ]\\n }\\n' ;;
        "lvs --reportformat json -o lv_name vg")
          printf '  {\\n "report": [\\n {\\n "lv": [\\n {"lv_name":"lv"},\\n {"lv_name":"pool"}'
          for v in "$root"/dev/vg/*; do
            [ -e "$v" ] && printf ',\\n {"lv_name":"%s"}' "$(basename "$v")"
          done
          printf '\\n ]\\n }\\n ]\\n }\\n' ;;
        lvs*) fail "Failed to find logical volume" ;;
        lvcreate*)
          [ "$2" = --name ] || misused "$2"
          [ "$1 $4 $5 $6 $7 $8 $9" = \\
            "--snapshot --permission r --setautoactivation n --setactivationskip n" ] || misused x
          [ "${10} ${11} $#" = "--yes vg/lv 11" ] || misused x
          [ ! -e "$root/dev/vg/$3" ] || fail "Logical Volume \\"$3\\" already exists"
          cp -- "$root/data" "$root/dev/vg/$3" ;;
        lvchange*)
          [ "$1 $2 $3 $#" = "--activate y --ignoreactivationskip 4" ] || misused x
          [ -e "$root/dev/$4" ] || fail "Failed to find logical volume \\"$4\\"" ;;
        lvremove*)
          [ "$1 $#" = "--yes 2" ] || misused "$1"
          [ -e "$root/dev/$2" ] || fail "Failed to find logical volume \\"$2\\""
          case $2 in vg/meikyo-*) rm -- "$root/dev/$2" ;; *) fail "in use" ;; esac ;;
      esac
      """;

  @BeforeEach
  void begin() throws IOException {
    Path bin = Files.createDirectories(temp.resolve("bin"));
    Files.createDirectories(temp.resolve("dev/vg"));
    Files.writeString(temp.resolve("pool"), "pool");
    Files.writeString(temp.resolve("full"), "41.70");
    for (String name : List.of("lvs", "lvcreate", "lvchange", "lvremove")) {
      Path program = Files.writeString(bin.resolve(name), STAND_IN);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Override
  Path folder() {
    return temp;
  }

  @Override
  ProviderSpec spec() {
    return new ProviderSpec(ProviderSpec.Kind.LVM_THIN, null, null, ProviderSpec.USUAL_NANOS);
  }

  @Override
  Provider provider(SnapshotSource s) {
    return new LvmThin(
        s.mirror(),
        s.replica(),
        s.origin(),
        s.data(),
        new LvmThin.Places(temp.resolve("bin"), temp.resolve("dev")));
  }

  @Override
  List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(temp.resolve("dev/vg"))) {
      return all.map(Path::toString).toList();
    }
  }

  @Override
  boolean fill() throws IOException {
    Files.writeString(temp.resolve("full"), "90.01");
    return true;
  }

  @Override
  void empty() throws IOException {
    Files.writeString(temp.resolve("full"), "90.00");
  }

  @Test
  void aThickVolumeIsRefused() throws Exception {
    Files.writeString(temp.resolve("pool"), "");
    try (SnapWorld w = world(Kind.THREADS)) {
      assertThat(w.take(1)).isFalse();
      assertThat(w.notices.toString()).contains("is no thin volume");
    }
  }

  @Test
  void lvmThatIsNotInstalledIsSaid() throws Exception {
    Files.delete(temp.resolve("bin/lvs"));
    try (SnapWorld w = world(Kind.THREADS)) {
      assertThat(w.take(1)).isFalse();
      assertThat(w.notices.toString()).contains("bin/lvs");
    }
  }

  @Test
  void reportsAreRead() {
    assertThat(LvmThin.rows("")).isEmpty();
    assertThat(LvmThin.rows("{\"report\":[{\"lv\":[]}],\"log\":[]}")).isEmpty();
    assertThat(
            LvmThin.rows(
                """
                  {
                      "report": [
                          {
                              "lv": [
                                  {"vg_name":"vg0", "lv_name":"a-b", "pool_lv":""},
                                  {"vg_name":"vg0", "lv_name":"[x_tmeta]", "pool_lv":"p"}
                              ]
                          }
                      ]
                  }
                """))
        .containsExactly(
            Map.of("vg_name", "vg0", "lv_name", "a-b", "pool_lv", ""),
            Map.of("vg_name", "vg0", "lv_name", "[x_tmeta]", "pool_lv", "p"));
  }
}

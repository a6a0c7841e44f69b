// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontChoiceTest {
  @TempDir private Path root;

  private void file(String name, String text) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void kernel(String release, String has) throws Exception {
    file("proc/sys/kernel/osrelease", release + "\n");
    if (has.contains("fuse")) {
      file("dev/fuse", "");
    }
    if (has.contains("loop")) {
      file("dev/loop-control", "");
    }
    if (has.contains("nbd")) {
      file("lib/modules/" + release + "/modules.dep", "kernel/drivers/block/nbd.ko.xz: a.ko\n");
    }
  }

  private FrontChoice choice(@Nullable FrontKind wished) throws Exception {
    return FrontChoice.of(FrontChoice.Kernel.below(root), wished);
  }

  @ParameterizedTest
  @CsvSource({
    "6.18.1, fuse loop nbd, FUSE_LOOP",
    "6.9.0, fuse loop nbd, FUSE_LOOP",
    "6.8.12-4, fuse loop nbd, KERNEL_NBD",
    "5.15.0, fuse loop nbd, KERNEL_NBD",
    "5.15.0, fuse loop, FUSE_LOOP",
    "6.18.1, fuse nbd, KERNEL_NBD",
    "6.18.1, loop nbd, KERNEL_NBD",
    "7.0.0-rc1, nbd, KERNEL_NBD"
  })
  void theBestIsChosen(String release, String has, FrontKind expected) throws Exception {
    kernel(release, has);
    assertThat(choice(null)).isEqualTo(new FrontChoice(expected, null));
  }

  @Test
  void aModuleThatIsLoadedOrBuiltInCounts() throws Exception {
    kernel("6.1.0", "");
    file("lib/modules/6.1.0/modules.builtin", "kernel/drivers/block/nbd.ko\n");
    assertThat(choice(null).kind()).isEqualTo(FrontKind.KERNEL_NBD);
    Files.delete(root.resolve("lib/modules/6.1.0/modules.builtin"));
    assertThat(choice(null).kind()).isNull();
    file("sys/module/nbd/refcnt", "0");
    assertThat(choice(null).kind()).isEqualTo(FrontKind.KERNEL_NBD);
  }

  @Test
  void withoutAnyItSaysWhatIsMissing() throws Exception {
    kernel("6.18.1", "fuse");
    assertThat(choice(null).why().code()).isEqualTo(FrontNotice.NO_KIND.key());
    assertThat(choice(null).why().args().toString())
        .contains("/dev/loop-control")
        .doesNotContain("/dev/fuse")
        .contains("no module nbd");
  }

  @Test
  void whatIsWishedIsTheOnlyOne() throws Exception {
    kernel("6.18.1", "fuse loop nbd");
    assertThat(choice(FrontKind.KERNEL_NBD).kind()).isEqualTo(FrontKind.KERNEL_NBD);
    kernel("5.15.0", "nbd");
    assertThat(choice(FrontKind.FUSE_LOOP).kind()).isEqualTo(FrontKind.FUSE_LOOP);
    Files.delete(root.resolve("dev/fuse"));
    assertThat(choice(FrontKind.FUSE_LOOP).why().code()).isEqualTo(FrontNotice.NO_FUSE.key());
    Files.delete(root.resolve("lib/modules/5.15.0/modules.dep"));
    assertThat(choice(FrontKind.KERNEL_NBD).why().code()).isEqualTo(FrontNotice.NO_NBD.key());
  }

  @Test
  void aModuleThatCannotBeUsedHereIsAsGoodAsNone() throws Exception {
    kernel("6.1.0", "fuse loop nbd");
    FrontChoice.Kernel kernel = FrontChoice.Kernel.below(root).withoutNbd("not in this namespace");
    assertThat(FrontChoice.of(kernel, null).kind()).isEqualTo(FrontKind.FUSE_LOOP);
    assertThat(FrontChoice.of(kernel, FrontKind.KERNEL_NBD).why().args().toString())
        .contains("not in this namespace");
  }

  @Test
  void aMachineWithoutTheModuleIsTold() throws Exception {
    FrontChoice.Kernel here = FrontChoice.Kernel.below(Path.of("/"));
    assumeThat(here.nbd()).as("this kernel has no NBD client").isNotEmpty();
    FrontChoice choice = FrontChoice.here(FrontKind.KERNEL_NBD);
    assertThat(choice.kind()).isNull();
    assertThat(choice.why().code()).isEqualTo(FrontNotice.NO_NBD.key());
  }
}

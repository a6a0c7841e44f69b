// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Bench.Node;
import io.meikyo.core.partition.CutStatus;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Which chunks the digest of a cut covers, and when it proves something (rules R8, R9). */
class CutCoverageTest {
  private static final int CHUNKS = Bench.GEOMETRY.chunks();

  private long id = 900;

  /** Takes a cut of backup mode on the active; how many chunks its digest was asked for. */
  private int cut(Bench b, Node active) {
    long hold = ++id;
    long cut = ++id;
    active.log_.clear();
    active.command(c -> new Event.Hold(c, hold, b.now + 60_000 * Bench.MS, true, 1));
    b.run(50);
    active.command(c -> new Event.Cut(c, cut));
    b.run(50);
    int covered =
        active.log_.stream()
            .filter(Effect.ComputeDigest.class::isInstance)
            .map(Effect.ComputeDigest.class::cast)
            .filter(d -> d.cutId() == cut)
            .mapToInt(d -> (int) Arrays.stream(d.chunks()).map(Long::bitCount).sum())
            .sum();
    active.command(c -> new Event.Release(c, hold));
    b.run(50);
    assertThat(active.engine.status().hold()).isEqualTo(HoldState.NONE);
    return covered;
  }

  @Test
  void itCoversWhatChangedSinceTheLastProof() {
    Bench b = Bench.inSync(2);
    Node active = b.node(0);
    active.write(5, 11);
    b.run(50);
    cut(b, active);
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
    assertThat(cut(b, active)).as("nothing has changed").isZero();
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
    active.write(5, 12);
    b.run(50);
    assertThat(cut(b, active)).isEqualTo(1);
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
  }

  /** Its map of changes may lack what it was given just before it died as a standby. */
  @Test
  void itCoversAllWhereTheMapOfChangesMayLackSomething() {
    Bench b = withActiveThatDiedAsStandby();
    Node active = b.node(0);
    assertThat(active.superblock.changeMapPartial()).isTrue();
    assertThat(cut(b, active)).isEqualTo(CHUNKS);
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
    assertThat(active.superblock.changeMapPartial()).as("all is proven now").isFalse();
  }

  @Test
  void aVerifyMakesUpForAMapThatMayLackSomething() {
    Bench b = withActiveThatDiedAsStandby();
    Node active = b.node(0);
    long verify = active.command(c -> new Event.Verify(c, 1, 1));
    b.run(1000);
    assertThat(active.done(verify)).isTrue();
    assertThat(cut(b, active)).as("all was compared").isLessThan(CHUNKS);
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
    assertThat(active.superblock.changeMapPartial()).isFalse();
  }

  /** Without a proven base nothing can be proven, and the disk is not read for it. */
  @Test
  void withoutAProvenBaseItCoversWhatIsKnown() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(50);
    lead(b, 1, 0);
    assertThat(cut(b, b.node(1))).isLessThan(CHUNKS);
    assertThat(b.cutStatus()).isEqualTo(CutStatus.UNPROVEN);
  }

  /** Replica 0 compared all as the active; then it followed, died, was recovered, and leads. */
  private static Bench withActiveThatDiedAsStandby() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(50);
    lead(b, 1, 0);
    b.node(1).write(9, 12);
    b.run(50);
    b.node(0).kill();
    b.run(3000);
    b.node(0).start();
    b.run(3000);
    assertThat(b.record.inSync(0)).isTrue();
    lead(b, 0, 1);
    return b;
  }

  private static void lead(Bench b, int next, int former) {
    long rest = b.node(former).command(Event.Deactivate::new);
    b.run(1000);
    assertThat(b.node(former).done(rest)).isTrue();
    long lead = b.node(next).command(c -> new Event.Activate(c, false));
    b.run(8000);
    assertThat(b.node(next).done(lead)).as("%s", b.node(next).why(lead)).isTrue();
    b.run(3000);
  }
}

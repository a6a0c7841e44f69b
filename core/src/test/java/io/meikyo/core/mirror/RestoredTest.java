// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Bench.Node;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.RestoredImage;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Images of a cut are put back on both servers, and become a mirror with no copy (rule R13). */
class RestoredTest {
  private static final long FOREVER = 600_000;

  private final Bench b = Bench.inSync(2);
  private long ids = 900;
  private long wall = 1_700_000_000_000L;

  /** What a storage snapshot of both partitions of a server holds. */
  private record Image(long[] disk, Superblock superblock, LogTransaction log) {
    static Image of(Node n) {
      return new Image(n.disk.clone(), n.superblock, n.log);
    }
  }

  /** A backup: hold, cut, images of both, release. */
  private List<Image> backup() {
    long hold = ++ids;
    long cut = ++ids;
    b.node(0).command(c -> new Event.Hold(c, hold, b.now + FOREVER * Bench.MS, true, 1234));
    b.run(50);
    b.node(0).command(c -> new Event.Cut(c, cut));
    b.run(50);
    List<Image> images = List.of(Image.of(b.node(0)), Image.of(b.node(1)));
    b.node(0).command(c -> new Event.Release(c, hold));
    b.run(50);
    assertThat(b.record.holdId()).isZero();
    return images;
  }

  private void write(long start, long value) {
    long request = b.node(0).write(start, value);
    b.run(20);
    assertThat(b.node(0).ok(request)).isTrue();
  }

  /** The servers are off and get other disks. */
  private void restore(int server, Image image) {
    Node n = b.node(server);
    assertThat(RestoredImage.flaws(image.superblock, image.log, false)).isEmpty();
    Superblock made =
        RestoredImage.initialised(
            image.superblock,
            Bench.identity(server),
            RestoredImage.stamp(image.superblock, ++wall, 1000 + ++ids),
            true);
    put(n, image, made);
  }

  private static void put(Node n, Image image, Superblock made) {
    n.superblock = made;
    n.log = new LogTransaction(made.cut().logSequence(), new int[0]);
    Arrays.stream(n.maps).forEach(m -> Arrays.fill(m, 0));
    System.arraycopy(image.disk, 0, n.disk, 0, image.disk.length);
    n.log_.clear();
  }

  private void off() {
    b.nodes.forEach(Node::kill);
  }

  private void on() {
    b.nodes.forEach(n -> {
      n.bootId++;
      n.log_.clear();
      n.start();
    });
    b.run(3000);
  }

  /** The backup was taken with something on the disk, and then the disk went on. */
  private List<Image> backupThenDisaster() {
    write(5, 11);
    List<Image> images = backup();
    write(5, 12);
    write(40, 13);
    off();
    return images;
  }

  private void assertInSyncTogether() {
    for (Node n : b.nodes) {
      MirrorStatus s = n.engine.status();
      assertThat(s.role()).isEqualTo(Role.STANDBY);
      assertThat(s.condition()).isEqualTo(Condition.CONSISTENT);
      assertThat(n.superblock.condition()).isEqualTo(Condition.CONSISTENT);
      assertThat(n.superblock.backup().flagOn()).as("backup mode came with the image").isTrue();
      assertThat(n.superblock.generations().current()).isEqualTo(b.record.generation());
      assertThat(n.superblock.stamp()).isEqualTo(b.record.stamps().get(n.id));
    }
    assertThat(b.record.active()).isEqualTo(-1);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.record.holdId()).isZero();
  }

  private void assertNothingWasCopied() {
    for (Node n : b.nodes) {
      assertThat(n.log_.stream().filter(RestoredTest::copies)).isEmpty();
    }
  }

  private static boolean copies(Effect e) {
    return e instanceof Effect.DiskWrite
        || e instanceof Effect.DiskZero
        || (e instanceof Effect.Send s
            && (s.frame().body() instanceof Message.Compare
                || s.frame().body() instanceof Message.Repair));
  }

  private Say activate(int node, boolean force) {
    long command = b.node(node).command(c -> new Event.Activate(c, force));
    b.run(10_000);
    return b.node(node).why(command);
  }

  private Say flagOff(int node) {
    long command = b.node(node).command(Event.FlagOff::new);
    b.run(3000);
    return b.node(node).why(command);
  }

  private void assertServesTheCut() {
    assertThat(activate(1, false)).isEqualTo(Say.ACTIVE_NOW);
    b.run(5000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    long five = b.node(1).read(5, 1);
    long forty = b.node(1).read(40, 1);
    b.run(50);
    assertThat(b.node(1).answer(five)).containsExactly(11);
    assertThat(b.node(1).answer(forty)).containsExactly(0);
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
    assertThat(b.node(0).superblock.backup().flagOn()).isFalse();
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
  }

  @Test
  void oneImageOnBothServersBecomesAMirrorWithoutACopy() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    on();
    assertInSyncTogether();
    assertThat(activate(0, false)).isEqualTo(Say.RESTORED_WAITS);
    assertThat(activate(1, false)).isEqualTo(Say.RESTORED_WAITS);

    assertThat(flagOff(0)).isEqualTo(Say.FLAG_OFF);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
    assertThat(flagOff(1)).isEqualTo(Say.FLAG_OFF_ALREADY);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  @Test
  void eachServersOwnImageOfOneCutDoesAsWell() {
    List<Image> images = backupThenDisaster();
    assertThat(b.cutStatus()).isNotEqualTo(CutStatus.VOID);
    restore(0, images.get(1));
    restore(1, images.get(0));
    on();
    assertInSyncTogether();
    assertThat(flagOff(1)).isEqualTo(Say.FLAG_OFF);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  /** Both system disks are gone too: the cluster is a new one, and has decided nothing yet. */
  @Test
  void aNewlyFoundedClusterTakesThemToo() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    b.record = SetRecord.initial(4242);
    on();
    assertInSyncTogether();
    assertThat(b.node(0).superblock.groupId()).isEqualTo(4242);
    flagOff(0);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  /** Power was lost in the middle of a backup: the state still knows the hold of the image. */
  @Test
  void aHoldThatTheStateStillKnowsDoesNotLetThemLead() {
    write(5, 11);
    b.node(0).command(c -> new Event.Hold(c, 700, b.now + FOREVER * Bench.MS, true, 1));
    b.run(50);
    b.node(0).command(c -> new Event.Cut(c, 701));
    b.run(50);
    Image image = Image.of(b.node(0));
    off();
    assertThat(b.record.holdId()).isEqualTo(700);
    assertThat(b.record.active()).isZero();
    restore(0, image);
    restore(1, image);
    on();
    assertInSyncTogether();
    assertThat(activate(0, false)).isEqualTo(Say.RESTORED_WAITS);
    flagOff(1);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  @Test
  void imagesOfDifferentCutsWaitForTheOperator() {
    write(5, 11);
    Image older = backup().get(0);
    write(5, 12);
    Image newer = backup().get(0);
    off();
    restore(0, older);
    restore(1, newer);
    on();
    assertThat(b.node(0).engine.status().peers().getFirst().outcome())
        .isEqualTo(ReconnectRow.RESTORED_DIFFER);
    assertThat(b.record.active()).as("nothing was decided").isZero();
    assertThat(flagOff(0)).isEqualTo(Say.FLAG_RESTORE_UNFINISHED);
    assertThat(activate(0, false)).isEqualTo(Say.RESTORED_WAITS);

    // The operator names the side to keep, and then gives up the other one.
    assertThat(activate(1, true)).isEqualTo(Say.ACTIVE_NOW);
    b.run(3000);
    assertThat(b.node(1).engine.status().peers().getFirst().outcome())
        .isEqualTo(ReconnectRow.PEER_RESTORED);
    assertThat(b.node(0).disk[5]).isEqualTo(11);
    b.node(1).command(c -> new Event.DiscardPeer(c, 0));
    b.run(10_000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
    assertThat(b.node(0).disk[5]).isEqualTo(12);
    assertThat(b.node(0).superblock.condition()).isEqualTo(Condition.CONSISTENT);
    assertThat(b.node(0).superblock.backup().flagOn()).isFalse();
  }

  /** The word alone makes it a replica: activated and given back, it leads as any other later. */
  @Test
  void whoWasForcedAndGaveTheRoleBackLeadsAgainWithoutAWord() {
    write(5, 11);
    Image older = backup().get(0);
    write(5, 12);
    Image newer = backup().get(0);
    off();
    restore(0, older);
    restore(1, newer);
    on();
    assertThat(activate(1, true)).isEqualTo(Say.ACTIVE_NOW);
    long rest = b.node(1).command(Event.Deactivate::new);
    b.run(3000);
    assertThat(b.node(1).why(rest)).isEqualTo(Say.RESTED);
    assertThat(b.record.active()).isEqualTo(-1);
    assertThat(b.record.inSyncMask()).isEqualTo(2);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
    assertThat(b.node(0).superblock.condition()).isEqualTo(Condition.RESTORED);
    assertThat(activate(0, false)).as("the other one has no word").isEqualTo(Say.NOT_IN_SYNC);

    assertThat(activate(1, false)).isEqualTo(Say.ACTIVE_NOW);
    b.run(3000);
    assertThat(b.node(1).engine.status().peers().getFirst().outcome())
        .isEqualTo(ReconnectRow.PEER_RESTORED);
    assertThat(b.node(0).disk[5]).as("nothing is copied by itself").isEqualTo(11);
    b.node(1).command(c -> new Event.DiscardPeer(c, 0));
    b.run(10_000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
    assertThat(b.node(0).disk[5]).isEqualTo(12);
    assertThat(b.node(0).superblock.condition()).isEqualTo(Condition.CONSISTENT);
    assertThat(b.node(0).superblock.backup().flagOn()).isFalse();
  }

  @Test
  void oneCutWithDifferentDigestsIsNoPair() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    CutRecord cut = image.superblock.cut();
    restore(
        1,
        new Image(
            image.disk,
            RestoredImage.initialised(
                withCut(image.superblock, cut.withDigest(cut.digestHigh(), cut.digestLow() ^ 1)),
                Bench.identity(0),
                image.superblock.stamp(),
                true),
            image.log));
    on();
    assertThat(b.node(0).engine.status().peers().getFirst().outcome())
        .isEqualTo(ReconnectRow.RESTORED_DIFFER);
    assertThat(b.node(0).superblock.condition()).isEqualTo(Condition.RESTORED);
  }

  private static Superblock withCut(Superblock s, CutRecord cut) {
    return new Superblock(
        s.sequence(),
        s.identity(),
        s.geometry(),
        s.groupId(),
        s.epoch(),
        s.inSyncMask(),
        s.activeReplica(),
        s.generations(),
        s.condition(),
        s.wasActive(),
        s.clean(),
        s.bootId(),
        s.stamp(),
        s.stampPending(),
        s.peers(),
        cut,
        s.backup(),
        s.changeMapPartial());
  }

  @Test
  void oneAloneWaits() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    b.node(0).bootId++;
    b.node(0).start();
    b.run(20_000);
    assertThat(b.node(0).superblock.condition()).isEqualTo(Condition.RESTORED);
    assertThat(activate(0, false)).isEqualTo(Say.RESTORED_WAITS);
    assertThat(flagOff(0)).isEqualTo(Say.FLAG_RESTORE_UNFINISHED);
    restore(1, image);
    b.node(1).start();
    b.run(3000);
    assertInSyncTogether();
  }

  /** The other server kept its replica, which is active: the image is never taken by itself. */
  @Test
  void oneImageBesideALivingMirrorWaitsForTheWord() {
    write(5, 11);
    Image image = backup().get(1);
    write(5, 12);
    b.node(1).kill();
    b.run(3000);
    restore(1, image);
    b.node(1).start();
    b.run(3000);
    assertThat(b.node(0).engine.status().peers().getFirst().outcome())
        .isEqualTo(ReconnectRow.PEER_RESTORED);
    assertThat(b.record.inSyncMask()).isEqualTo(1);
    assertThat(b.node(1).disk[5]).isEqualTo(11);
    b.node(0).command(c -> new Event.DiscardPeer(c, 1));
    b.run(10_000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(1).disk).isEqualTo(b.node(0).disk);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
  }

  /** It was decided, and one of the two died before it heard of it. */
  @Test
  void whoMissedTheDecisionTakesItInItsNextLife() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    b.nodes.forEach(Node::start);
    Superblock before = b.node(1).superblock;
    b.run(3000);
    assertInSyncTogether();
    b.node(1).kill();
    // As if nothing had reached its partition.
    b.node(1).superblock = before;
    b.node(1).start();
    b.run(3000);
    assertInSyncTogether();
    flagOff(0);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  /** The decision was made for one restore; another one of the same server is another replica. */
  @Test
  void aDecisionIsNotTakenByAnotherRestoreOfTheServer() {
    write(5, 11);
    Image older = backup().get(0);
    write(5, 12);
    Image newer = backup().get(0);
    off();
    restore(0, newer);
    restore(1, newer);
    on();
    assertInSyncTogether();
    b.node(1).kill();
    restore(1, older);
    b.node(1).start();
    b.run(10_000);
    assertThat(b.node(1).superblock.condition()).isEqualTo(Condition.RESTORED);
    assertThat(b.node(1).disk[5]).isEqualTo(11);
    assertThat(activate(1, false)).isEqualTo(Say.RESTORED_WAITS);
  }

  /** A disk of former days with high counters does not come back as a member. */
  @Test
  void aDiskFromBeforeTheRestoreIsFound() {
    Image image = backupThenDisaster().get(0);
    Image old = Image.of(b.node(1));
    restore(0, image);
    restore(1, image);
    on();
    assertInSyncTogether();
    b.node(1).kill();
    put(b.node(1), old, old.superblock);
    b.node(1).log = old.log;
    b.node(1).start();
    b.run(3000);
    assertThat(b.node(1).log_)
        .anyMatch(e -> e instanceof Effect.Tell t && t.say() == Say.ROLLED_BACK_HERE);
    assertThat(activate(1, false)).isEqualTo(Say.ROLLED_BACK_HERE);
  }

  /** The record has moved above the stamps of an image whose clock was wrong. */
  @Test
  void aStampThatTheRecordHasPassedIsDrawnAnew() {
    Image image = backupThenDisaster().get(0);
    wall = -1000;
    restore(0, image);
    restore(1, image);
    Stamp drawn = b.node(0).superblock.stamp();
    long high = 1L << 50;
    List<Stamp> stamps = new java.util.ArrayList<>(b.record.stamps());
    stamps.set(1, new Stamp(high, 5));
    b.record =
        new SetRecord(
            b.record.groupId(),
            b.record.version() + 1,
            b.record.epoch(),
            b.record.active(),
            b.record.inSyncMask(),
            b.record.generation(),
            stamps,
            77,
            0,
            0,
            CutStatus.NONE);
    on();
    assertInSyncTogether();
    assertThat(b.node(0).superblock.stamp()).isNotEqualTo(drawn);
    assertThat(b.node(0).superblock.stamp().counter()).isGreaterThan(high);
  }

  /** Only one of the two reaches whoever decides: nothing is decided. */
  @Test
  void theWordOfOneIsNotEnough() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    b.authorityUp = false;
    b.nodes.forEach(Node::start);
    b.run(100);
    SetRecord before = b.record;
    Effect.Propose asked =
        b.node(0).log_.stream()
            .filter(Effect.Propose.class::isInstance)
            .map(Effect.Propose.class::cast)
            .findFirst()
            .orElseThrow();
    Effect.Propose there =
        b.node(1).log_.stream()
            .filter(Effect.Propose.class::isInstance)
            .map(Effect.Propose.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(asked).as("both ask for the very same").isEqualTo(there);
    assertThat(RestoredPair.is(before, asked.next())).isTrue();
    b.cut(0, 1, true);
    b.run(10);
    b.authorityUp = true;
    b.run(10_000);
    assertThat(b.record).as("who sees no other asks for nothing").isEqualTo(before);
    b.cut(0, 1, false);
    b.run(3000);
    assertInSyncTogether();
  }

  @Test
  void aFlagIsTakenDownHereIfTheOtherIsAwayAndThereWhenItFollows() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    on();
    b.node(0).kill();
    b.run(50);
    assertThat(flagOff(1)).isEqualTo(Say.FLAG_OFF_HERE);
    b.node(0).start();
    b.run(3000);
    assertThat(activate(0, false)).as("the other one has ended it").isEqualTo(Say.RESTORED_WAITS);
    assertServesTheCut();
    assertNothingWasCopied();
  }

  /** It was asked, and dies before it can answer. */
  @Test
  void theCommandEndsIfTheOtherDiesMeanwhile() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    on();
    b.node(0).diskStalls = true;
    long command = b.node(1).command(Event.FlagOff::new);
    b.run(100);
    assertThat(b.node(1).why(command)).as("it waits").isEqualTo(Say.NOTHING);
    long second = b.node(1).command(Event.FlagOff::new);
    b.run(10);
    assertThat(b.node(1).why(second)).isEqualTo(Say.FLAG_GOES_OFF_ALREADY);
    b.node(0).kill();
    b.run(100);
    assertThat(b.node(1).why(command)).isEqualTo(Say.FLAG_OFF_HERE);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
  }

  @Test
  void aFlagOfABackupThatIsUnderWayStays() {
    b.node(0).command(c -> new Event.Hold(c, 700, b.now + FOREVER * Bench.MS, true, 1));
    b.run(50);
    b.node(0).command(c -> new Event.Cut(c, 701));
    b.run(50);
    assertThat(flagOff(0)).isEqualTo(Say.FLAG_OF_A_BACKUP);
    assertThat(flagOff(1)).isEqualTo(Say.FLAG_OF_A_BACKUP);
    assertThat(b.node(1).superblock.backup().flagOn()).isTrue();
  }

  /** Somebody put the image there and never ran the restore. */
  @Test
  void anImageThatWasNotRestoredKeepsItsFlag() {
    Image image = backupThenDisaster().get(0);
    put(b.node(0), image, image.superblock);
    b.node(0).log = image.log;
    b.node(0).start();
    b.run(1000);
    assertThat(flagOff(0)).isEqualTo(Say.FLAG_NOT_RESTORED);
    assertThat(activate(0, false)).isNotEqualTo(Say.ACTIVE_NOW);
  }

  @Test
  void theOperatorsWordEndsThePairingThatIsUnderWay() {
    Image image = backupThenDisaster().get(0);
    restore(0, image);
    restore(1, image);
    b.authorityUp = false;
    b.nodes.forEach(Node::start);
    b.run(100);
    long force = b.node(0).command(c -> new Event.Activate(c, true));
    b.run(10);
    b.authorityUp = true;
    b.run(10_000);
    assertThat(b.node(0).why(force)).isEqualTo(Say.ACTIVE_NOW);
    assertThat(b.record.inSyncMask()).isEqualTo(1);
    assertThat(b.node(1).superblock.condition()).isEqualTo(Condition.RESTORED);
    assertThat(b.node(0).superblock.cut().status()).isEqualTo(CutStatus.VOID);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Online backups of a mounted ext4 on which writers verify: the image is the same on both servers
 * and clean, writes go on afterwards without an error, and whatever ends a backup early makes it
 * void on both. All on one pair; each test leaves it in order.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MountedBackupTest {
  private static final int WRITERS = 2;
  private static final int SECONDS = 30;
  private static final int SOME = 5;

  private MountedDisk disk;
  private Backup backup;
  private Load load;
  private Server one;
  private Server two;
  private boolean inOrder;

  @BeforeEach
  void begin() throws Exception {
    MountedDisk.assume("ext4");
    assumeThat(MountedDisk.has("fsfreeze")).as("fsfreeze is installed").isTrue();
    if (!inOrder) {
      end();
      disk = MountedDisk.make("ext4", "noatime");
      one = disk.pair.one;
      two = disk.pair.two;
      backup = new Backup(disk.pair, "md1");
      load = new Load(disk.at, WRITERS, 1, disk.pair::words);
      load.start();
    }
    inOrder = false;
    disk.pair.awaitInSync(one);
    goesOn("before the backup");
  }

  @AfterAll
  void end() throws Exception {
    try {
      if (inOrder) {
        settle();
      }
    } finally {
      inOrder = false;
      if (load != null) {
        load.close();
      }
      if (disk != null) {
        disk.close();
      }
      load = null;
      disk = null;
    }
  }

  /** No writer saw an error, all is there, the file system is clean, the replicas are equal. */
  private void settle() throws Exception {
    disk.pair.awaitInSync(one);
    load.finish();
    disk.unmount();
    disk.check();
    disk.replicasAreEqual();
    disk.mount("noatime");
    load.check();
  }

  private void goesOn(String when) throws Exception {
    load.more(SOME, SECONDS, when);
  }

  private void standsStill() {
    long before = load.durable();
    Await.pause(200);
    assertThat(load.durable()).as("writes wait").isEqualTo(before);
  }

  @Test
  void theImageIsTheSameOnBothServersAndClean() throws Exception {
    Path known = disk.at.resolve("known");
    Files.writeString(known, "written before the backup");

    Server.Said said = backup.freeze(50);

    assertThat(said.facts())
        .containsEntry("frozen.md1", "true")
        .containsEntry("mounts.md1", disk.at.toString())
        .containsEntry("cutStatus.md1", "PROVEN");
    backup.flagsAre("true");
    two.await(SECONDS, "cutStatus", "PROVEN");
    standsStill();
    assertThat(Files.readString(known)).as("reads go on").isEqualTo("written before the backup");
    Path image = backup.image();
    disk.run("e2fsck", "-fn", image.toString());
    assertThat(disk.run("debugfs", "-R", "cat /known", image.toString()))
        .contains("written before the backup");

    assertThat(one.ask("status").text()).contains("backup mode: flag ON", "PROVEN");
    assertThat(one.facts()).containsEntry("backupMode", "true").containsEntry("hold", "CUT");
    assertThat(backup.ask(50).status()).as("a second one").isEqualTo(4);
    assertThat(two.backup("freeze", "md1", "cut=1").status()).as("on the standby").isEqualTo(4);
    assertThat(one.backup("freeze", "md7", "cut=1").status()).as("unknown").isEqualTo(2);
    standsStill();
    backup.good();
    goesOn("after the backup");
    Files.delete(image);

    // Another one at once, and a thaw when none stands.
    backup.freeze(50);
    standsStill();
    backup.good();
    goesOn("after the second backup");
    assertThat(backup.thaw().status()).isZero();
    assertThat(backup.ask(61).status()).as("longer than the device's users wait").isEqualTo(4);
    assertThat(said.text() + one.words()).doesNotContain("failed");
    inOrder = true;
  }

  @Test
  void atTheDeadlineWritesGoOnByThemselvesAndItIsVoid() throws Exception {
    backup.freeze(2);
    goesOn("after the deadline");
    backup.isVoidOnBoth();
    backup.isVoid();
    backup.freeze(50);
    backup.good();
    goesOn("after the next one");
    inOrder = true;
  }

  /** Long before the deadline, and so not by the keeper. */
  @Test
  void afterAKillTheNextLifeWritesVoidAndThaws() throws Exception {
    backup.freeze(55);
    standsStill();
    one.agent().kill();
    one.startNow();
    goesOn("after kill -9 of the agent");
    assertThat(one.words()).contains("was thawed: the agent had been ended");
    disk.pair.awaitInSync(one);
    backup.isVoidOnBoth();
    backup.isVoid();
    inOrder = true;
  }

  @Test
  void anAgentThatStopsEndsTheBackup() throws Exception {
    backup.freeze(55);
    standsStill();
    assertThat(one.agent().terminate()).isZero();
    one.startNow();
    goesOn("after an orderly stop");
    disk.pair.awaitInSync(one);
    backup.isVoidOnBoth();
    backup.isVoid();
    inOrder = true;
  }

  @Test
  void aPeerThatDiesMakesItVoid() throws Exception {
    backup.freeze(55);
    two.agent().kill();
    goesOn("without the peer");
    backup.isVoid();
    two.startNow();
    disk.pair.awaitInSync(one);
    backup.isVoidOnBoth();
    inOrder = true;
  }

  @Test
  void otherPeoplesFreezesAreTheirs() throws Exception {
    String at = disk.at.toString();
    disk.run("fsfreeze", "-f", at);
    assertThat(backup.freeze(50).text()).contains("frozen already");
    backup.image();
    Files.delete(disk.pair.folder.resolve("image"));
    backup.good();
    standsStill();
    disk.run("fsfreeze", "-u", at);
    goesOn("after their thaw");

    backup.freeze(50);
    // It waits in the kernel for the hold, since it writes.
    Process theirs =
        new ProcessBuilder("/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin exec fsfreeze -u " + at)
            .start();
    standsStill();
    backup.good();
    assertThat(theirs.waitFor()).isNotNegative();
    goesOn("after both have thawed");
    inOrder = true;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.consensus.GroupJournal.Stage;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.consensus.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupJournalTest {
  @TempDir Path folder;

  @Test
  void whatIsNotedIsReadAgain() throws IOException {
    UUID one = UUID.randomUUID();
    UUID two = UUID.randomUUID();
    GroupJournal journal = GroupJournal.open(folder.resolve("groups"), "a#1");
    journal.note(one, Stage.CREATING);
    journal.note(one, Stage.CREATED);
    journal.note(one, Stage.SEALED);
    journal.note(two, Stage.JOINING);
    GroupJournal read = GroupJournal.open(folder.resolve("groups"), "a#1");
    assertThat(read.all()).containsExactlyInAnyOrder(one, two);
    assertThat(read.stage(one)).isEqualTo(Stage.SEALED);
    assertThat(read.stage(two)).isEqualTo(Stage.JOINING);
    read.forget(two);
    assertThat(GroupJournal.open(folder.resolve("groups"), "a#1").stage(two)).isNull();
  }

  @Test
  void aGroupDoesNotComeBack() throws IOException {
    UUID group = UUID.randomUUID();
    GroupJournal journal = GroupJournal.open(folder.resolve("groups"), "a#1");
    journal.note(group, Stage.JOINING);
    journal.note(group, Stage.JOINED);
    journal.note(group, Stage.SEALED);
    for (Stage stage : Stage.values()) {
      if (stage != Stage.RETIRED) {
        assertThatThrownBy(() -> journal.note(group, stage)).isInstanceOf(Invariant.Broken.class);
      }
    }
  }

  @Test
  void aDamagedJournalAndAnotherMembersAreRefused() throws IOException {
    Path file = folder.resolve("groups");
    GroupJournal.open(file, "a#1").note(UUID.randomUUID(), Stage.CREATING);
    assertThatThrownBy(() -> GroupJournal.open(file, "a#2"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a#1");
    String text = Files.readString(file);
    for (String bad :
        new String[] {
          text.replace("CREATING", "CREATED"), text.substring(0, text.length() / 2), "",
        }) {
      Files.writeString(file, bad);
      assertThatThrownBy(() -> GroupJournal.open(file, "a#1")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aStateIsWholeOrRefused() throws IOException {
    Path file = folder.resolve("state");
    StateFile saved =
        new StateFile(new LogPosition(3, 77), new byte[] {1, 2}, "state".getBytes("UTF-8"));
    saved.write(file);
    StateFile read = StateFile.read(file);
    assertThat(read.at()).isEqualTo(saved.at());
    assertThat(read.seen()).isEqualTo(saved.seen());
    assertThat(read.state()).isEqualTo(saved.state());
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] bad = whole.clone();
      bad[i] ^= 0x10;
      Files.write(file, bad);
      assertThatThrownBy(() -> StateFile.read(file)).isInstanceOf(IOException.class);
      Files.write(file, Arrays.copyOf(whole, i));
      assertThatThrownBy(() -> StateFile.read(file)).isInstanceOf(IOException.class);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The facts of {@code snapshot.list} as the mirror agent gives them. */
class AgentSnapshotsTest {
  private static Map<String, String> facts() {
    Map<String, String> f = new LinkedHashMap<>();
    f.put("snapshots", "md1@c07,md2@c08");
    f.put("state.md1@c07", "STANDS");
    f.put("why.md1@c07", "");
    f.put("cutStatus.md1@c07", "OPEN");
    f.put("adopted.md1@c07", "-");
    f.put("bytes.md1@c07", "1048576");
    f.put("proofAt.md1@c07", "0");
    f.put("digest.md1@c07", "00");
    f.put("where.md1@c07", "-");
    f.put("socket.md1@c07", "/run/meikyo/md1.snapshots.nbd");
    f.put("state.md2@c08", "LOST");
    f.put("why.md2@c08", "FAILED");
    f.put("reason.md2@c08", "errno 5");
    f.put("cutStatus.md2@c08", "PROVEN");
    f.put("adopted.md2@c08", "backup c08");
    f.put("where.md2@c08", "snap-07 in the cloud");
    return f;
  }

  @Test
  void whatTheFactsSay() throws Exception {
    assertThat(AgentSnapshots.snapshots(facts()))
        .containsExactly(
            new Snapshots.Snapshot(
                "md1@c07",
                "md1",
                true,
                "",
                CutStatus.NONE,
                "",
                1_048_576,
                "00",
                0,
                "",
                Path.of("/run/meikyo/md1.snapshots.nbd")),
            new Snapshots.Snapshot(
                "md2@c08",
                "md2",
                false,
                "FAILED, errno 5",
                CutStatus.PROVEN,
                "backup c08",
                0,
                "",
                0,
                "snap-07 in the cloud",
                Path.of("")));
    assertThat(AgentSnapshots.snapshots(Map.of("snapshots", ""))).isEmpty();
    assertThat(AgentSnapshots.snapshots(Map.of())).isEmpty();
  }

  @Test
  void aFactThatIsNoNumberIsSaid() {
    Map<String, String> f = facts();
    f.put("bytes.md1@c07", "many");
    assertThatThrownBy(() -> AgentSnapshots.snapshots(f)).isInstanceOf(ImageProblem.class);
  }

  @Test
  void anAgentThatIsNotThere() {
    AgentSnapshots none = new AgentSnapshots(Path.of("/nowhere/agent.sock"));
    assertThatThrownBy(none::list).isInstanceOf(ImageProblem.class);
    assertThat(List.of("image.no-agent"))
        .contains(
            org.assertj.core.api.Assertions.catchThrowableOfType(ImageProblem.class, none::list)
                .notice()
                .code());
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.backup.BackupJob.End;
import io.meikyo.cluster.backup.CreateDesk;
import io.meikyo.cluster.backup.CreateJob;
import io.meikyo.cluster.backup.Holds;
import io.meikyo.cluster.backup.Images;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A backup whose writing server falls silent: how long it is waited for, and what is said. */
@Timeout(120)
class CreateSilenceTest {
  /** After so many looks in a row without an answer nobody waits any more. */
  private static final int LOOKS = 120;

  private final OneMember member = new OneMember();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final AtomicInteger looks = new AtomicInteger();

  @BeforeEach
  void runs() throws Exception {
    member.await(v -> {
      GroupState g = v.state().groups().get("failover1");
      return g != null && g.phase() == Phase.ONLINE;
    });
    member.puts("server2", new Command.Running(true));
    member.active(0, 3);
    member.await(v -> v.state().server("server2").running());
    member.hears("server2");
  }

  @AfterEach
  void close() {
    member.close();
  }

  /** Cuts as ordered. */
  private final class Cuts implements Holds {
    @Override
    public Answer freeze(String server, List<String> disks, long cutId, long seconds, String by) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Answer thaw(String server, List<String> disks) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Answer cut(
        String server, List<String> disks, long cutId, long millis, String by, String language) {
      return new Answer(0, Map.of(), List.of());
    }

    @Override
    public Answer forget(String server, List<String> disks, long cutId) {
      asked.add("forget " + server);
      return new Answer(0, Map.of(), List.of());
    }

    @Override
    public Answer verify(String server, List<String> disks) {
      throw new UnsupportedOperationException();
    }
  }

  /** Answers at those looks only. */
  private final class Writer implements Images {
    private final List<Integer> answers;

    Writer(List<Integer> answers) {
      this.answers = answers;
    }

    private Seen seen(ImageJobs.State state, CutStatus verdict) {
      return new Seen(true, true, state, 1, 2, verdict, "/backups/x", List.of());
    }

    @Override
    public Seen against(String server, String folder, List<String> disks, String language) {
      return Seen.nothing(true, List.of());
    }

    @Override
    public Seen start(String server, Order order, String language) {
      return seen(ImageJobs.State.WRITING, CutStatus.NONE);
    }

    @Override
    public Seen look(String server, long cutId, String language) {
      int now = looks.incrementAndGet();
      if (!answers.contains(now)) {
        return Seen.nothing(false, List.of("silent"));
      }
      return now == answers.getLast()
          ? seen(ImageJobs.State.COMPLETE, CutStatus.PROVEN)
          : seen(ImageJobs.State.WRITING, CutStatus.NONE);
    }
  }

  private CreateJob.View create(Integer... answers) throws InterruptedException {
    CreateDesk desk =
        new CreateDesk(
            "server1",
            member.driver,
            new Cuts(),
            new Writer(List.of(answers)),
            () -> 0xc07,
            () -> {
              if (looks.get() > 5 * LOOKS) {
                throw new InterruptedException("it is waited for ever");
              }
            });
    CreateJob job =
        desk.create(new CreateDesk.Wish(List.of(), "/backups", "", 2000, 0, "me", "en"));
    CountDownLatch never = new CountDownLatch(1);
    while (job.view().end() == null) {
      boolean _ = never.await(5, TimeUnit.MILLISECONDS);
    }
    return job.view();
  }

  private static List<String> codes(CreateJob.View view) {
    return view.notices().stream().map(Notice::code).toList();
  }

  @Test
  void oneThatStaysSilentIsNotWaitedForForEver() throws Exception {
    CreateJob.View view = create();
    assertThat(view.end()).isEqualTo(End.UNREACHED);
    assertThat(codes(view)).containsExactly("create.unreached");
    assertThat(looks.get()).isEqualTo(LOOKS);
    assertThat(asked).as("what proves it is of no use any more").containsExactly("forget server1");
  }

  /** A minute in a row counts, not a minute in all: the image may take hours. */
  @Test
  void silenceThatEndsIsForgotten() throws Exception {
    CreateJob.View view = create(LOOKS - 1, 2 * LOOKS - 2, 3 * LOOKS - 3);
    assertThat(view.end()).isEqualTo(End.DONE);
    assertThat(codes(view)).containsExactly("create.written");
    assertThat(looks.get()).isEqualTo(3 * LOOKS - 3);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.api.ApiRoutes;
import io.meikyo.core.notice.Notice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was said is there after a restart, whatever happened to the file. */
class EventLogTest {
  private static final Notice FIRST = Notice.of(ServiceNotice.FINAL_ACTION, "re\nset \"x\"");
  private static final Notice SECOND =
      Notice.of(ServiceNotice.STARTED, "server1", "明鏡").about("group", "failover1");

  @TempDir Path folder;

  private EventLog open() {
    return new EventLog(folder.resolve("events.log"), InstantSource.fixed(Instant.EPOCH));
  }

  @Test
  void itOutlivesARestart() {
    EventLog log = open();
    log.add(FIRST);
    log.add(SECOND);
    assertThat(open().last(10)).extracting(ApiRoutes.Event::notice).containsExactly(FIRST, SECOND);
    assertThat(open().last(1)).containsExactly(new ApiRoutes.Event(Instant.EPOCH, SECOND));
  }

  @Test
  void aTornLineIsLeftOut() throws Exception {
    open().add(FIRST);
    Path file = folder.resolve("events.log");
    Files.writeString(file, "{\"time\":\"2026-11-2", StandardOpenOption.APPEND);
    assertThat(open().last(10)).extracting(ApiRoutes.Event::notice).containsExactly(FIRST);
  }

  @Test
  void aFullFileMakesRoomAndNothingNewIsLost() {
    EventLog log = open();
    Notice large = Notice.of(ServiceNotice.FINAL_ACTION, "x".repeat(100_000));
    for (int i = 0; i < 60; i++) {
      log.add(large);
    }
    log.add(SECOND);
    assertThat(folder.resolve("events.log.1")).exists();
    assertThat(folder.resolve("events.log").toFile().length()).isLessThan(5 << 20);
    assertThat(open().last(1)).extracting(ApiRoutes.Event::notice).containsExactly(SECOND);
    assertThat(open().last(1000)).hasSize(61);
  }

  @Test
  void aDiskThatTakesNothingIsSaidOnce() throws Exception {
    Files.createDirectory(folder.resolve("events.log"));
    EventLog log = open();
    log.add(FIRST);
    log.add(FIRST);
    assertThat(log.last(10))
        .extracting(e -> e.notice().code())
        .containsExactly(
            ServiceNotice.EVENTS_NOT_KEPT.key(),
            ServiceNotice.FINAL_ACTION.key(),
            ServiceNotice.FINAL_ACTION.key());
  }
}

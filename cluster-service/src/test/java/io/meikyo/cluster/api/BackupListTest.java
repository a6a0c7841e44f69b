// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.image.ImageJobs.State;
import io.meikyo.cluster.backup.image.ImageJobs.View;
import io.meikyo.cluster.backup.image.ImageNotice;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The list of backups, of one server and of all. */
class BackupListTest {
  private final ListedImages images = new ListedImages();
  private final Map<String, @Nullable Map<String, @Nullable Object>> others = new LinkedHashMap<>();
  private final BackupList list = new BackupList("server2", r -> others, () -> images);

  private static View view(String id, State state, long taken) {
    return new View(
        id,
        state,
        List.of("md1"),
        "me",
        taken,
        5,
        10,
        CutStatus.UNPROVEN,
        state == State.COMPLETE ? Path.of("/backup", id) : null,
        state == State.FAILED ? List.of(Notice.of(ImageNotice.INTERRUPTED)) : List.of());
  }

  private static Call call(String id, String... query) {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < query.length; i += 2) {
      all.put(query[i], query[i + 1]);
    }
    return new Call(new Request("GET", "/v1/backups", all, ""), Map.of("backup", id), "server2");
  }

  private static List<String> ids(Response r) {
    assertThat(r.status()).isEqualTo(200);
    List<?> backups = (List<?>) JsonText.object(r.json()).getOrDefault("backups", List.of());
    return backups.stream()
        .map(b -> ((Map<?, ?>) b).get("id") + " " + ((Map<?, ?>) b).get("server"))
        .toList();
  }

  @Test
  void ofThisServerAndOfAll() throws Exception {
    images.views.add(view("a1", State.COMPLETE, 1000));
    images.views.add(view("a3", State.FAILED, 3000));
    assertThat(ids(list.all(call("")))).containsExactly("a3 server2", "a1 server2");

    Map<String, @Nullable Object> theirs = new LinkedHashMap<>();
    theirs.put("id", "b2");
    theirs.put("server", "server1");
    theirs.put("takenAt", "1970-01-01T00:00:02Z");
    others.put("server1", new LinkedHashMap<>(Map.of("backups", List.of(theirs))));
    others.put("server3", null);
    Response all = list.all(call("", "all", "1"));
    assertThat(ids(all)).containsExactly("a3 server2", "b2 server1", "a1 server2");
    assertThat(JsonText.object(all.json()).get("silent")).isEqualTo(List.of("server3"));
  }

  @Test
  void oneOfThem() {
    images.views.add(view("a3", State.FAILED, 3000));
    Response one = list.one(call("a3"));
    assertThat(one.status()).isEqualTo(200);
    assertThat(JsonText.object(one.json()))
        .containsEntry("state", "FAILED")
        .containsEntry("takenAt", "1970-01-01T00:00:03Z")
        .containsEntry("place", null);
    assertThat(one.json()).contains("image.interrupted");
    assertThat(list.one(call("a4")).status()).isEqualTo(404);
  }

  @Test
  void onlyWhatIsUnderWayIsCancelled() {
    images.views.add(view("a3", State.COMPLETE, 3000));
    images.views.add(view("a5", State.WRITING, 5000));
    assertThat(list.cancel(call("a3")).status()).isEqualTo(409);
    assertThat(list.cancel(call("a4")).status()).isEqualTo(404);
    assertThat(images.cancelled).isEmpty();
    assertThat(list.cancel(call("a5")).status()).isEqualTo(200);
    assertThat(images.cancelled).containsExactly("a5");
  }
}

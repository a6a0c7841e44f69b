// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the routes do, and what they refuse. */
class ApiRoutesTest {
  private final OneMember member = new OneMember();

  @BeforeEach
  void runs() throws Exception {
    member.await(v -> group().phase() == Phase.ONLINE);
  }

  @AfterEach
  void close() {
    member.close();
  }

  private GroupState group() {
    GroupState g = member.driver.view().state().groups().get("failover1");
    return g == null ? GroupState.fresh("failover1", true) : g;
  }

  /** Asks, and gives the status and the codes of what was said. */
  private String says(String method, String path, String... query) {
    return told(member.ask(method, path, query));
  }

  private static String told(HttpSeam.Response r) {
    StringBuilder all = new StringBuilder().append(r.status());
    if (JsonText.object(r.json()).get("notices") instanceof List<?> notices) {
      for (Object n : notices) {
        all.append(' ').append(((Map<?, ?>) n).get("code"));
      }
    }
    return all.toString();
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThat(says("GET", "/v1/nothing")).isEqualTo("404 api.no-such-path");
    assertThat(says("POST", "/v1/status")).isEqualTo("404 api.no-such-path");
    assertThat(says("POST", "/v1/groups/failover1/start", "sever", "server2"))
        .isEqualTo("400 api.unknown-parameter");
    assertThat(group().target()).isNull();
    assertThat(says("GET", "/v1/events", "lines", "many")).isEqualTo("400 api.bad-value");
  }

  // ---- one resource

  private static final String ONE = "/v1/groups/failover1/resources/";

  @Test
  void oneResourceIsStoppedAndStarted() throws Exception {
    assertThat(says("POST", ONE + "service1/stop")).isEqualTo("200 cluster.done");
    member.await(v -> "off".equals(v.resources().get("failover1").get("service1")));
    assertThat(says("GET", "/v1/why", "about", "failover1"))
        .isEqualTo("200 plan.runs-here api.why-resource-off");
    assertThat(says("POST", ONE + "service1/start")).isEqualTo("200 cluster.done");
    member.await(v -> "on".equals(v.resources().get("failover1").get("service1")));
    member.await(v -> group().phase() == Phase.ONLINE);
  }

  @Test
  void whatOthersNeedIsStoppedWithThemOnly() throws Exception {
    assertThat(says("POST", ONE + "md1/stop")).isEqualTo("409 api.resource-needed");
    assertThat(group().off()).isEmpty();
    assertThat(says("POST", ONE + "fip1/stop", "force", "true")).isEqualTo("200 cluster.done");
    member.await(v -> "off".equals(v.resources().get("failover1").get("fip1")));
    assertThat(member.driver.view().resources().get("failover1"))
        .containsEntry("service1", "off")
        .containsEntry("md1", "on");
    assertThat(says("POST", ONE + "service1/start")).isEqualTo("409 api.resource-lacks");
    assertThat(says("POST", ONE + "service1/stop")).isEqualTo("200 cluster.done");
  }

  @Test
  void aResourceThatIsNotThere() {
    assertThat(says("POST", ONE + "fip9/stop")).isEqualTo("400 api.no-resource");
    assertThat(says("POST", "/v1/groups/g/resources/fip1/stop")).isEqualTo("400 api.no-resource");
  }

  // ---- monitors

  @Test
  void monitorsRestPerServer() throws Exception {
    assertThat(says("POST", "/v1/monitors/suspend", "monitors", "fipw1,mdw1"))
        .isEqualTo("200 cluster.done");
    member.await(v -> v.monitors().stream().anyMatch(m -> m.resting()));
    assertThat(quiet("server1")).containsExactly("fipw1", "mdw1");
    assertThat(says("GET", "/v1/why", "about", "fipw1")).isEqualTo("200 api.why-monitor-rests");
    assertThat(says("POST", "/v1/monitors/suspend", "servers", "server2"))
        .isEqualTo("200 cluster.done");
    assertThat(quiet("server2")).contains("fipw1", "mdnw1", "mdw1");
    assertThat(says("POST", "/v1/monitors/resume", "servers", "server1,server2"))
        .isEqualTo("200 cluster.done");
    assertThat(quiet("server1")).isEmpty();
    assertThat(quiet("server2")).isEmpty();
    assertThat(says("POST", "/v1/monitors/suspend", "monitors", "w9"))
        .isEqualTo("400 api.no-monitor");
    assertThat(says("POST", "/v1/monitors/suspend", "servers", "server9"))
        .isEqualTo("409 cluster.unknown-server");
  }

  private List<String> quiet(String server) {
    return List.copyOf(member.driver.view().state().servers().get(server).quiet());
  }

  // ---- this server goes down

  @Test
  void theServerGoesDownWhenNothingRunsThere() {
    assertThat(says("POST", "/v1/service/down", "reboot", "true")).isEqualTo("200 api.reboots");
    assertThat(member.down).containsExactly(true);
    assertThat(member.driver.view().state().servers().get("server1").running()).isFalse();
    assertThat(group().owner()).isNull();
    assertThat(says("POST", "/v1/service/down")).isEqualTo("200 api.goes-down");
    assertThat(member.down).containsExactly(true, false);
  }

  // ---- members

  @Test
  void aMemberIsExpelledOnce() throws Exception {
    member.says(new Command.Admit("server3", MemberRole.SERVER, 1));
    member.await(v -> v.state().server("server3") != null);
    assertThat(says("DELETE", "/v1/members/server1")).isEqualTo("409 api.expel-self");
    assertThat(says("DELETE", "/v1/members/server3")).isEqualTo("409 api.expel-majority");
    assertThat(member.driver.view().state().server("server3")).isNotNull();
    assertThat(says("DELETE", "/v1/members/server3", "force", "true"))
        .isEqualTo("200 cluster.done");
    assertThat(says("DELETE", "/v1/members/server3")).isEqualTo("409 cluster.unknown-server");
    assertThat(says("DELETE", "/v1/members/server2")).isEqualTo("200 cluster.done");
    assertThat(member.driver.view().state().servers()).containsOnlyKeys("server1");
  }

  @Test
  void theLastGoodCopyIsNotExpelled() throws Exception {
    SetRecord now = member.driver.view().state().disks().get("md1").record();
    SetRecord set =
        new SetRecord(
            now.groupId(),
            now.version() + 1,
            now.epoch() + 1,
            1,
            2,
            5,
            now.stamps(),
            9,
            0,
            0,
            now.cutStatus());
    member.says(new Command.Force("md1", "server2", "me", now.version()));
    member.puts("server2", new Command.DecideSet("md1", set));
    member.await(v -> v.state().disks().get("md1").record().inSyncMask() == 2);
    assertThat(says("DELETE", "/v1/members/server2")).isEqualTo("409 api.expel-last-copy");
    assertThat(says("DELETE", "/v1/members/server2", "force", "true"))
        .isEqualTo("200 cluster.done");
  }

  // ---- configuration

  @Test
  void whatCountsLaterIsSaidWhenItIsApplied() throws Exception {
    String text =
        Files.readString(OneMember.EXAMPLE)
            .replace("10.77.0.100", "10.77.0.101")
            .replace("[witness]", "[timing]\nheartbeat = \"300ms\"\n\n[witness]");
    HttpSeam.Response r = member.ask("PUT", "/v1/config", text, new String[] {"force", "true"});
    assertThat(told(r))
        .isEqualTo("200 api.config-in-force api.config-next-start api.config-next-group-start");
    assertThat(r.json()).contains("timing.heartbeat").contains("failover1");
    member.fromNextStart.add("timing.heartbeat");
    assertThat(says("GET", "/v1/why")).contains("api.config-next-start");
  }

  @Test
  void aChangeThatCountsAtOnceIsNotSpokenOf() throws Exception {
    String text =
        Files.readString(OneMember.EXAMPLE)
            .replace("name = \"failover1\"", "name = \"failover1\"\nfailover = \"manual\"");
    HttpSeam.Response r = member.ask("PUT", "/v1/config", text, new String[] {"force", "true"});
    assertThat(told(r)).isEqualTo("200 api.config-in-force");
  }

  @Test
  void timesThatOthersWaitByAreTakenByARestartOfAll() throws Exception {
    String text =
        Files.readString(OneMember.EXAMPLE)
            .replace("[witness]", "[timing]\nlease-ttl = \"3s\"\n\n[witness]");
    String[] force = {"force", "true"};
    assertThat(told(member.ask("PUT", "/v1/config", text, force)))
        .isEqualTo("409 api.config-needs-stop");
    assertThat(says("POST", "/v1/service/stop")).isEqualTo("200 cluster.done");
    member.needsRestart = Notice.of(ApiNotice.BROKEN, "former times");

    HttpSeam.Response r = member.ask("PUT", "/v1/config", text, force);
    assertThat(told(r)).isEqualTo("200 api.config-in-force api.config-restart-all");
    Map<String, Object> answer = JsonText.object(r.json());
    assertThat(answer)
        .containsEntry("restart", List.of("server1"))
        .containsEntry("delivered", List.of())
        .containsEntry("waiting", List.of("server2"));
    assertThat(says("POST", "/v1/service/start")).isEqualTo("409 api.broken");
    assertThat(member.driver.view().state().servers().get("server1").running()).isFalse();
    member.fromNextStart.add("timing.lease-ttl");
    assertThat(says("GET", "/v1/why")).contains("api.broken").doesNotContain("next-start");
    assertThat(member.ask("GET", "/v1/status").json()).contains("\"needsRestart\": true");

    member.needsRestart = null;
    assertThat(says("POST", "/v1/service/start")).isEqualTo("200 cluster.done");
  }
}

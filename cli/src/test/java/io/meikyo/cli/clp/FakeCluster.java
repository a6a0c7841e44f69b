// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cluster.api.HttpSeam;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Answers as a cluster service of server1 does, from a few words; what takes time there is done at
 * the next look.
 */
final class FakeCluster {
  final List<String> orders = new ArrayList<>();
  final Map<String, String> health = new TreeMap<>(Map.of("server1", "UP", "server2", "UP"));
  final List<String> inSync = new ArrayList<>(List.of("server1", "server2"));
  boolean suspended;
  String owner = "server1";
  String phase = "ONLINE";
  String activeRole = "ACTIVE";
  String otherRole = "STANDBY";
  String peerMode = "RESUME";
  String otherCondition = "CONSISTENT";
  String otherCut = "0";
  boolean peerConnected = true;
  boolean refuses;
  String config = "";
  final List<String> off = new ArrayList<>();
  final Map<String, List<String>> resting = new TreeMap<>();

  final List<String> offline = new ArrayList<>();
  String cut = "0";
  boolean wanted = true;
  String outcome = "STILL_IN_SYNC";
  String flag = "false";
  String dirty = "16";

  /** Orders are taken, and nothing comes of them. */
  boolean stands;

  private Runnable next = () -> {};

  HttpSeam.Response handle(HttpSeam.Request r) {
    if (r.path().equals("/v1/status")) {
      Runnable change = next;
      next = () -> {};
      change.run();
      return new HttpSeam.Response(200, status(!r.parameter("all").isEmpty()));
    }
    if (r.path().equals("/v1/config") && r.method().equals("GET")) {
      return new HttpSeam.Response(
          200, io.meikyo.core.base.Json.of(Map.of("version", 3L, "by", "me", "text", config)));
    }
    orders.add((r.method() + " " + r.path() + " " + words(r)).strip());
    if (refuses) {
      return new HttpSeam.Response(
          409, "{\"ok\":false,\"notices\":[{\"text\":[\"error: no.\",\"  do: look.\"]}]}");
    }
    if (!stands) {
      next = () -> act(r);
    }
    return new HttpSeam.Response(
        200, "{\"ok\":true,\"notices\":[{\"text\":[\"note: Command succeeded.\"]}]}");
  }

  private static String words(HttpSeam.Request r) {
    TreeMap<String, String> query = new TreeMap<>(r.query());
    query.remove("lang");
    return query.isEmpty() ? "" : query.toString();
  }

  private void act(HttpSeam.Request r) {
    switch (r.path()) {
      case "/v1/groups/failover1/stop" -> {
        owner = "";
        phase = "OFFLINE";
      }
      case "/v1/groups/failover1/move" -> {
        owner = owner.equals("server1") ? "server2" : "server1";
        phase = "ONLINE";
      }
      case "/v1/groups/failover1/start" -> {
        owner = r.parameter("server").isEmpty() ? "server1" : r.parameter("server");
        phase = "ONLINE";
      }
      case "/v1/groups/failover1/resources/fip1/stop" -> off.add("fip1");
      case "/v1/groups/failover1/resources/fip1/start" -> off.remove("fip1");
      default -> {}
    }
  }

  private String status(boolean all) {
    String others =
        all ? ",\"others\":{\"server2\":" + (up("server2") ? of("server2") : "null") + "}" : "";
    return "{" + body("server1") + others + "}";
  }

  private boolean up(String server) {
    return "UP".equals(health.get(server));
  }

  private String of(String server) {
    return "{" + body(server) + "}";
  }

  private String body(String self) {
    return """
    "server":"%s","clusterId":"01234567-89ab-cdef-0011-223344556677","leased":true,
    "suspended":{"on":%s},
    "backupMode":{"on":false,"stage":"%s","by":"me","server":"server1","cut":"%s","servers":[%s]},
    "servers":[%s,%s,{"name":"witness1","role":"WITNESS","health":"UP","running":false}],
    "groups":[{"name":"failover1","owner":%s,"phase":"%s","wanted":%s,
      "decision":{"text":["note: failover1 runs here."]},
      "resources":{"fip1":"%s","md1":"%s"}}],
    "mirrors":[{"name":"md1","diskId":"00000000-0000-0003-0000-000000000004","servers":["server1","server2"],"active":"server1","inSync":[%s],
      "agent":{%s}}],
    "monitors":[{"name":"fipw1","watched":%s,"known":true,"well":true,"resting":%s},
      {"name":"mdnw1","watched":true,"known":true,"well":%s,
       "said":{"text":["error: mdnw1: md1 is not connected to server2."]}},
      {"name":"mdw1","watched":true,"known":true,"well":true}]
    """
        .formatted(
            self,
            suspended,
            offline.isEmpty() ? "OFF" : "OFFLINE",
            cut,
            String.join(",", offline.stream().map(s -> "\"" + s + "\"").toList()),
            member("server1"),
            member("server2"),
            owner.isEmpty() ? "null" : "\"" + owner + "\"",
            phase,
            wanted,
            off.contains("fip1") ? "off" : runs(self),
            runs(self),
            String.join(",", inSync.stream().map(s -> "\"" + s + "\"").toList()),
            agent(self),
            owner.equals(self),
            resting.getOrDefault(self, List.of()).contains("fipw1"),
            peerConnected);
  }

  private String runs(String self) {
    return owner.equals(self) ? "on" : "off";
  }

  private String member(String name) {
    List<String> quiet =
        resting.getOrDefault(name, List.of()).stream().map(m -> "\"" + m + "\"").toList();
    return "{\"name\":\"%s\",\"role\":\"SERVER\",\"health\":\"%s\",\"running\":true,\"restingMonitors\":[%s]}"
        .formatted(name, health.get(name), String.join(",", quiet));
  }

  private String agent(String self) {
    String peer = self.equals("server1") ? "server2" : "server1";
    return """
    "role":"%s","condition":"%s","cut":"%s","epoch":"4","generation":"30d66f40fcdb98fb",
    "encrypted":"true","hold":"NONE","peers.%s.connected":"%s","peers.%s.mode":"%s",
    "peers.%s.dirtyChunks":"%s","peers.%s.outcome":"%s","flag":"%s"
    """
        .formatted(
            self.equals("server1") ? activeRole : otherRole,
            self.equals("server1") ? "CONSISTENT" : otherCondition,
            self.equals("server1") ? "0" : otherCut,
            peer,
            peerConnected,
            peer,
            self.equals("server1") ? peerMode : "NONE",
            peer,
            dirty,
            peer,
            outcome,
            flag);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.backup.Holds;
import io.meikyo.cluster.backup.LocalHolds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A mirror agent that answers as it is told. */
final class FakeHolds implements LocalHolds {
  final List<String> asked = new CopyOnWriteArrayList<>();
  volatile int freezeStatus;
  volatile int verifyStatus;
  volatile String outcome = "GOOD";
  volatile Runnable meanwhile = () -> {};

  @Override
  public Holds.Answer freeze(
      List<String> disks, long cutId, long seconds, String by, String language) {
    asked.add("freeze " + String.join(",", disks) + " " + seconds);
    meanwhile.run();
    List<String> said = freezeStatus == 0 ? List.of() : List.of("error: the file system is busy.");
    return new Holds.Answer(freezeStatus, Map.of(), said);
  }

  @Override
  public Holds.Answer thaw(List<String> disks, String language) {
    asked.add("thaw " + String.join(",", disks));
    Map<String, String> facts = new LinkedHashMap<>();
    disks.forEach(d -> facts.put("outcome." + d, outcome));
    return new Holds.Answer(outcome.equals("VOID") ? Holds.VOID : 0, facts, List.of());
  }

  @Override
  public Holds.Answer cut(List<String> disks, long cutId, long millis, String by, String language) {
    asked.add("cut " + String.join(",", disks) + " " + millis + " " + by);
    meanwhile.run();
    Map<String, String> facts = new LinkedHashMap<>();
    disks.forEach(d -> {
      facts.put("held." + d, "1200");
      facts.put("stalled." + d, "34000");
    });
    facts.put("wallMillis", "99");
    return freezeStatus == 0
        ? new Holds.Answer(0, facts, List.of())
        : new Holds.Answer(freezeStatus, Map.of(), List.of("error: the file system is busy."));
  }

  @Override
  public Holds.Answer forget(List<String> disks, long cutId, String language) {
    asked.add("forget " + String.join(",", disks));
    return new Holds.Answer(0, Map.of(), List.of());
  }

  @Override
  public Holds.Answer verify(List<String> disks, String language) {
    asked.add("verify " + String.join(",", disks));
    return new Holds.Answer(verifyStatus, Map.of(), List.of());
  }
}

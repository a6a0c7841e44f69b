// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** File systems that do what the test wants, and keep a list of what was done to them. */
final class FakeFiles implements FileSystems {
  private final List<String> did;
  final List<StillMount> mounts = new ArrayList<>();

  /** What becomes of a step, by its name and the mirror disk: {@code freeze md1}. */
  final Map<String, End> ends = new ConcurrentHashMap<>();

  /** What runs at a step. */
  final Map<String, Runnable> at = new HashMap<>();

  volatile String missing;

  /** A sync waits until it is stopped. */
  volatile boolean syncWaits;

  /** What is ready now. */
  volatile int ready;

  FakeFiles(List<String> did) {
    this.did = did;
  }

  static End end(How how) {
    return new End(how, "because", End.NOBODY);
  }

  /** It was killed, and hangs in the kernel until the future is done. */
  static End hangs(CompletableFuture<?> gone) {
    return new End(How.CUT_SHORT, "hangs in the kernel", gone);
  }

  private End step(String step, StillMount mount) {
    String name = step + " " + mount.mirror();
    did.add(name);
    at.getOrDefault(name, () -> {}).run();
    return ends.getOrDefault(name, end(How.DONE));
  }

  @Override
  public Found find(Map<String, Path> devices) {
    return new Found(
        mounts.stream().filter(m -> devices.containsKey(m.mirror())).toList(), List.of());
  }

  @Override
  public String missing() {
    return missing;
  }

  @Override
  public void ready(List<StillMount> all) {
    ready += all.size();
  }

  @Override
  public void restNow() {
    ready = 0;
  }

  @Override
  public End sync(StillMount mount, long nanos, CompletableFuture<?> stop) {
    End end = step("sync", mount);
    if (syncWaits) {
      stop.join();
      return end(How.CUT_SHORT);
    }
    return end;
  }

  @Override
  public End freeze(StillMount mount, long nanos, CompletableFuture<?> stop) {
    return step("freeze", mount);
  }

  @Override
  public List<End> thaw(List<StillMount> all, long nanos) {
    return all.stream().map(m -> step("thaw", m)).toList();
  }
}

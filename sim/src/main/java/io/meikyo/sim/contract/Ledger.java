// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.contract;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.StateMachine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A state machine that keeps everything that it was told, with the place, and checks the order of
 * the calls. Any thread.
 */
final class Ledger implements StateMachine {
  /** What stands behind it in a command is not kept. */
  static final char LOAD = '|';

  private final String owner;
  private final List<String> lines = new ArrayList<>();
  private long newest = -1;
  private int restores;
  private String broken = "";

  Ledger(String owner) {
    this.owner = owner;
  }

  @Override
  public synchronized byte[] apply(LogPosition at, byte[] command) {
    if (at.index() <= newest) {
      broken = owner + ": applied " + at + " after index " + newest;
    }
    newest = at.index();
    String all = new String(command, StandardCharsets.UTF_8);
    String text = all.substring(0, all.indexOf(LOAD));
    lines.add(at.index() + "=" + text);
    return result(text);
  }

  /** What {@link #apply} answers. */
  static byte[] result(String text) {
    return ("did " + text).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public synchronized byte[] snapshot() {
    return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public synchronized void restore(LogPosition at, byte[] snapshot) {
    if (at.index() < newest) {
      broken = owner + ": restored " + at + " after index " + newest;
    }
    lines.clear();
    lines.addAll(lines(snapshot));
    newest = at.index();
    restores++;
  }

  static List<String> lines(byte[] snapshot) {
    return new String(snapshot, StandardCharsets.UTF_8).lines().toList();
  }

  /** Everything applied, as {@code index=text}. */
  synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  /** How often a text stands in it. */
  synchronized long count(String text) {
    return lines.stream().filter(line -> text(line).equals(text)).count();
  }

  static String text(String line) {
    return line.substring(line.indexOf('=') + 1);
  }

  synchronized int restores() {
    return restores;
  }

  synchronized String broken() {
    return broken;
  }

  @Override
  public String toString() {
    return owner;
  }
}

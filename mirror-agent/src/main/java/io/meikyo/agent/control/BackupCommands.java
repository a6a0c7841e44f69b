// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.still.StillPoint;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The commands of an online backup, which are about several mirror disks at once. Any thread; each
 * call on one of its own.
 *
 * <pre>
 *   backup.freeze disks=md1,md2 [max=SECONDS] cut=HEX [by=WHO]    0, 1, 2, 4
 *   backup.thaw disks=md1,md2                                     0, 1, 2, 3
 *   backup.cut disks=md1,md2 [max=MILLIS] cut=HEX [by=WHO]        0, 1, 2, 4
 *   backup.seal disks=md1,md2                                     0, 1, 2, 4
 * </pre>
 */
final class BackupCommands {
  /** Names of the commands. */
  static final Set<String> ALL =
      Set.of("backup.freeze", "backup.thaw", "backup.cut", "backup.seal");

  private static final int MISUSED = 2;
  private static final long SECONDS = 60;
  private static final long CUT_MILLIS = 2000;

  private final Set<String> mirrors;
  private final StillPoint still;

  /**
   * Commands for mirror disks.
   *
   * @param mirrors their names; may grow until the first command
   */
  BackupCommands(Set<String> mirrors, StillPoint still) {
    this.mirrors = mirrors;
    this.still = still;
  }

  /** Carries one out; the exit status. */
  int run(List<String> words, ControlOutput out) throws IOException, InterruptedException {
    Map<String, String> options = new HashMap<>();
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      options.put(
          equals < 0 ? word : word.substring(0, equals),
          equals < 0 ? "" : word.substring(equals + 1));
    }
    List<String> disks = new ArrayList<>();
    for (String name : options.getOrDefault("disks", "").split(",", -1)) {
      if (!mirrors.contains(name)) {
        return misused(
            out, Notice.of(ControlNotice.UNKNOWN_MIRROR, name, String.join(", ", mirrors)));
      }
      if (!disks.contains(name)) {
        disks.add(name);
      }
    }
    return switch (words.getFirst()) {
      case "backup.thaw" -> answer(still.thaw(disks), out);
      case "backup.cut" -> still(disks, options, true, out);
      case "backup.seal" -> answer(still.seal(disks), out);
      default -> still(disks, options, false, out);
    };
  }

  private int still(
      List<String> disks, Map<String, String> options, boolean brief, ControlOutput out)
      throws IOException, InterruptedException {
    String max = options.getOrDefault("max", String.valueOf(brief ? CUT_MILLIS : SECONDS));
    if (!max.matches("[1-9][0-9]{0,8}")) {
      return misused(out, Notice.of(ControlNotice.BAD_OPTION, "max", max, "1 …"));
    }
    String cut = options.getOrDefault("cut", "");
    if (!cut.matches("[0-9a-f]{1,16}") || cut.matches("0+")) {
      return misused(out, Notice.of(ControlNotice.BAD_OPTION, "cut", cut, "1 … ffffffffffffffff"));
    }
    // Not in its turn: whoever asks while another one is under way need not wait for that.
    Notice stands = still.standing();
    if (stands != null) {
      return answer(new StillPoint.Result(StillPoint.REFUSED, List.of(stands), Map.of()), out);
    }
    long longest = Long.parseLong(max);
    long id = Long.parseUnsignedLong(cut, 16);
    String by = options.getOrDefault("by", "?");
    return answer(
        brief ? still.cut(disks, longest, id, by) : still.freeze(disks, longest, id, by), out);
  }

  private static int misused(ControlOutput out, Notice notice) throws IOException {
    out.notice(false, notice);
    out.code(notice);
    return MISUSED;
  }

  private static int answer(StillPoint.Result result, ControlOutput out) throws IOException {
    for (Notice notice : result.said()) {
      out.notice(notice.severity() == Severity.INFO, notice);
    }
    if (result.status() != 0) {
      for (Notice notice : result.said()) {
        if (notice.severity() == Severity.ERROR) {
          out.code(notice);
          break;
        }
      }
    }
    out.facts(result.facts());
    return result.status();
  }
}

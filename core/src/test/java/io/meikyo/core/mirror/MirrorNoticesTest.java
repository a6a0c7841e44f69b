// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MirrorNoticesTest {

  private static final IntFunction<String> NAMES = replica -> "server" + (replica + 1);

  /** These say nothing without their first value, which chooses the code. */
  private static final Set<Say> CHOOSE = EnumSet.of(Say.MET, Say.FLAG_MEANS, Say.CUT_JUDGED);

  private static final Set<String> SECOND_CODES =
      Set.of(
          "ROLLED_BACK_REFUSED",
          "VERIFY_LOST_PEER",
          "VERIFY_DIFFERS_AT",
          "CUT_PROVEN",
          "CUT_UNPROVEN",
          "CUT_UNEQUAL",
          "CUT_VOID");

  @Test
  void everySentenceRowAndMeaningHasItsCodeAndEveryCodeItsUse() {
    Set<String> expected = new TreeSet<>(SECOND_CODES);
    Stream.of(Say.values()).filter(s -> !CHOOSE.contains(s)).forEach(s -> expected.add(s.name()));
    Stream.of(ReconnectRow.values()).forEach(row -> expected.add("MET_" + row.name()));
    Stream.of(Meaning.values()).forEach(meaning -> expected.add("FLAG_" + meaning.name()));

    assertThat(Stream.of(MirrorNotice.values()).map(Enum::name))
        .as("A code of MirrorNotice for each Say, ReconnectRow and Meaning, and no other.")
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void keysAreMadeFromTheNames() {
    assertThat(MirrorNotice.values())
        .allSatisfy(code ->
            assertThat(code.key().replace('.', '-'))
                .isEqualTo("mirror-" + code.name().toLowerCase().replace('_', '-')));
  }

  @Test
  void everyTellInTheEngineGivesTheValuesThatItsCodeNames() throws IOException {
    List<String> wrong = new ArrayList<>();
    int seen = 0;
    for (List<String> call : tells()) {
      Say say = Say.valueOf(call.getFirst().substring("Say.".length()));
      int given = call.size() - 1;
      MirrorNotice code = codeOf(say);
      int named = code.argNames().size() + (CHOOSE.contains(say) ? 1 : 0);
      seen++;
      if (given != named) {
        wrong.add(say + " is told with " + given + " values; its code names " + code.argNames());
      }
    }

    assertThat(wrong)
        .as("Names in MirrorNotice stand for the values of tell(), in order.")
        .isEmpty();
    assertThat(seen).isGreaterThan(30);
  }

  private static MirrorNotice codeOf(Say say) {
    return switch (say) {
      case MET -> MirrorNotice.MET_PEER_LEADS;
      case FLAG_MEANS -> MirrorNotice.FLAG_NORMAL;
      case CUT_JUDGED -> MirrorNotice.CUT_PROVEN;
      case VERIFY_DIFFERS -> MirrorNotice.VERIFY_DIFFERS_AT;
      default -> MirrorNotice.valueOf(say.name());
    };
  }

  /** The arguments of each call tell(Say.X, …) in the sources of the engine. */
  private static List<List<String>> tells() throws IOException {
    List<List<String>> calls = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/main/java/io/meikyo/core/mirror"))) {
      for (Path file : files.sorted().toList()) {
        String text = Files.readString(file);
        for (int at = text.indexOf("tell("); at >= 0; at = text.indexOf("tell(", at + 1)) {
          List<String> call = arguments(text, at + "tell(".length());
          if (call.getFirst().matches("Say\\.[A-Z_]+")) {
            calls.add(call);
          }
        }
      }
    }
    return calls;
  }

  private static List<String> arguments(String text, int from) {
    List<String> found = new ArrayList<>();
    int depth = 0;
    int begin = from;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '(') {
        depth++;
      } else if (c == ')' && --depth < 0 || c == ',' && depth == 0) {
        found.add(text.substring(begin, i).strip());
        begin = i + 1;
        if (depth < 0) {
          return found;
        }
      }
    }
    return found;
  }

  @Test
  void valuesGetTheirNamesAndReplicasTheNamesOfTheirServers() {
    Notice notice =
        MirrorNotices.of(new Effect.Tell(Say.OLD_EPOCH_REFUSED, List.of(1, 4L, 7L)), NAMES);

    assertThat(notice).hasToString("mirror.old-epoch-refused (peer=server2, epoch=4, newest=7)");
    assertThat(MirrorNotices.of(new Effect.Tell(Say.SHRINK_PROPOSED, List.of(0b110)), NAMES))
        .hasToString("mirror.shrink-proposed (peers=server2, server3)");
  }

  @Test
  void whatChoosesTheCodeIsNoValueOfIt() {
    Effect.Tell met = new Effect.Tell(Say.MET, List.of(ReconnectRow.DIVERGED, 1));
    Effect.Tell judged = new Effect.Tell(Say.CUT_JUDGED, List.of(CutStatus.UNEQUAL, 12L));
    Effect.Tell means = new Effect.Tell(Say.FLAG_MEANS, List.of(Meaning.RESTORED_BOTH));

    assertThat(MirrorNotices.of(met, NAMES)).hasToString("mirror.met.diverged (peer=server2)");
    assertThat(MirrorNotices.of(judged, NAMES)).hasToString("mirror.cut-unequal (cut=12)");
    assertThat(MirrorNotices.of(means, NAMES)).hasToString("mirror.flag.restored-both");
  }

  @Test
  void oneSentenceInTwoPlacesHasTwoCodes() {
    Effect.Tell part = new Effect.Tell(Say.VERIFY_DIFFERS, List.of(0, 64L, 8));
    Effect.CommandDone whole = new Effect.CommandDone(1, false, Say.VERIFY_DIFFERS, 3);
    Effect.CommandDone refused = new Effect.CommandDone(1, false, Say.ROLLED_BACK_HERE, 0);

    assertThat(MirrorNotices.of(part, NAMES))
        .hasToString("mirror.verify-differs-at (peer=server1, block=64, count=8)");
    assertThat(MirrorNotices.of(whole)).hasToString("mirror.verify-differs (count=3)");
    assertThat(MirrorNotices.of(refused)).hasToString("mirror.rolled-back-refused");
  }

  @Test
  void missingValuesAndTooManyDoNoHarm() {
    Effect.Tell role = new Effect.Tell(Say.ACTIVE_NOW, List.of(Role.PROMOTING, Role.ACTIVE));

    assertThat(MirrorNotices.of(role, NAMES)).hasToString("mirror.active-now");
    assertThat(MirrorNotices.of(new Effect.Tell(Say.PEER_SILENT, List.of()), NAMES))
        .hasToString("mirror.peer-silent (peer=?)");
    assertThat(MirrorNotices.of(new Effect.HoldChanged(5, HoldState.HELD, Say.HOLD_STANDS)))
        .hasToString("mirror.hold-stands");
    assertThat(MirrorNotices.of(new Effect.CutKnown(9, CutStatus.VOID)))
        .hasToString("mirror.cut-void (cut=9)");
  }
}

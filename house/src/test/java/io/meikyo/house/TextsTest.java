// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {

  private static final String FOLDER = "texts/src/main/resources/io/meikyo/texts/";

  private static final NoticeCode TORN =
      () -> NoticeCode.Spec.warning("partition.torn", "partition");

  @Test
  void bothLanguagesSayTheSame() {
    assertThat(
            TextRules.differences(bundle("messages.properties"), bundle("messages_ja.properties")))
        .as("Whoever reads Japanese learns as much as whoever reads English.")
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"messages.properties", "messages_ja.properties"})
  void everyCodeHasItsTextsAndEveryTextItsCode(String name) {
    assertThat(TextRules.mismatches(bundle(name), TextRules.codes(), TextRules.mainSources()))
        .as(
            "Each code has a message; an error or a warning also says why and what to do next. In"
                + " %s:",
            name)
        .isEmpty();
    assertThat(TextRules.codes()).isNotEmpty();
  }

  @Test
  void codesAreEnumsWhereThisTestFindsThem() {
    assertThat(Classes.ours().stream().filter(type -> type.isAssignableTo(NoticeCode.class)))
        .filteredOn(type -> !type.isInterface())
        .as("A NoticeCode is a constant of an enum named ...Notice, or its texts go unchecked.")
        .allMatch(type -> type.isEnum() && type.getSimpleName().endsWith("Notice"));
  }

  @Test
  void noticesAreMadeFromCodes() {
    assertThat(
            Classes.ours().stream().filter(TextsTest::makesNoticeFromText).map(JavaClass::getName))
        .as("A notice is made by Notice.of(code, ...): a code written as text goes unchecked.")
        .isEmpty();
  }

  private static boolean makesNoticeFromText(JavaClass type) {
    return resideOutsideOfPackage("io.meikyo.core.notice").test(type)
        && type.getConstructorCallsFromSelf().stream()
            .anyMatch(call -> call.getTargetOwner().isEquivalentTo(Notice.class));
  }

  @Test
  void plantedDifferencesAreFound() {
    assertThat(
            TextRules.differences(
                Map.of("a", "in {partition}", "b", "only here", "c", "{x} {y}"),
                Map.of("a", "{disk}", "c", "{y} {x}")))
        .containsExactly("a has the gaps [partition] and [disk]", "b is in one language only");
  }

  @Test
  void plantedMismatchesAreFound() {
    Map<String, String> texts =
        Map.of(
            "partition.torn.message", "{disk} is torn",
            "partition.torn.cause", "power was lost",
            "old.message", "nobody says this",
            "label.cause", "why");

    assertThat(TextRules.mismatches(texts, List.of(TORN), "find(\"label.cause\")"))
        .containsExactlyInAnyOrder(
            "partition.torn.message has a gap that is none of the arguments [partition]",
            "partition.torn.correction is missing",
            "old.message is the text of no code and no phrase");
    assertThat(TextRules.mismatches(Map.of(), List.of(TORN, TORN), ""))
        .contains("partition.torn is the key of two codes");
  }

  @Test
  void plantedLinesThatAreNoTextsAreFound() {
    List<String> findings = new ArrayList<>();

    TextRules.parse("# note\na = 1\na = 2\nb\nc = long \\\n", findings);

    assertThat(findings).hasSize(3);
  }

  private static Map<String, String> bundle(String name) {
    List<String> findings = new ArrayList<>();
    Map<String, String> texts = TextRules.parse(Tree.read(FOLDER + name), findings);
    assertThat(findings).as("In %s a line is one key = text, once.", name).isEmpty();
    return texts;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorePurityTest {

  private static final String CORE = "io.meikyo.core";
  private static final String PLANTED = "io.meikyo.house.planted.core";

  @Test
  void coreUsesOnlyWhatIsAllowed() {
    assertThat(CorePurity.notAllowed(Classes.in(CORE), CORE))
        .as(
            "core is a function from events to effects. A class that keeps it so may be added to the"
                + " list in CorePurity, with a reason.")
        .isEmpty();
    assertThat(Classes.in(CORE)).isNotEmpty();
  }

  @Test
  void coreHasNoLocks() {
    assertThat(CorePurity.threaded(Classes.in(CORE)))
        .as("One event loop owns the state of core; a lock would say that somebody else does too.")
        .isEmpty();
  }

  @Test
  void coreCallsNothingForbidden() {
    assertThat(CorePurity.forbidden(Classes.in(CORE))).as("config/forbidden-in-core.txt").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ReadsClock, core has no clock",
    "ReadsClockByReference, core has no clock",
    "StartsThread, core has no threads",
    "UsesQueue, core has no threads",
    "OpensFile, core does no I/O",
    "OpensSocket, core does no I/O",
    "DrawsRandom, core has no randomness",
    "DrawsId, core has no randomness",
    "Prints, core does not look at its surroundings",
    "ReadsEnvironment, core does not look at its surroundings"
  })
  void aForbiddenCallIsFound(String sample, String why) {
    assertThat(CorePurity.forbidden(planted(sample)))
        .anyMatch(finding -> finding.contains(why))
        .anyMatch(finding -> finding.contains(sample + ".java"));
  }

  @ParameterizedTest
  @CsvSource({
    "OpensFile, java.nio.file",
    "UsesQueue, java.util.concurrent",
    "KeepsWeakly, java.lang.ref"
  })
  void aClassThatIsNotOnTheListIsFound(String sample, String used) {
    assertThat(CorePurity.notAllowed(planted(sample), PLANTED))
        .anyMatch(finding -> finding.contains(used));
  }

  @Test
  void locksAreFound() {
    assertThat(CorePurity.threaded(planted("Locks")))
        .anyMatch(finding -> finding.endsWith("has a synchronized block"))
        .anyMatch(finding -> finding.endsWith("is synchronized"))
        .anyMatch(finding -> finding.endsWith("is volatile"));
  }

  @Test
  void whatCoreNeedsIsAllowed() {
    List<JavaClass> sample = planted("IsPure");

    assertThat(CorePurity.forbidden(sample)).isEmpty();
    assertThat(CorePurity.notAllowed(sample, PLANTED)).isEmpty();
    assertThat(CorePurity.threaded(sample)).isEmpty();
  }

  private static List<JavaClass> planted(String sample) {
    List<JavaClass> found =
        Classes.in(PLANTED).stream()
            .filter(type -> type.getName().equals(PLANTED + "." + sample))
            .toList();
    assertThat(found).hasSize(1);
    return found;
  }
}

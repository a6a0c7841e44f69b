// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.cluster.GroupRunner.Act;
import io.meikyo.core.cluster.GroupRunner.State;
import io.meikyo.core.cluster.GroupRunner.Task;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The order in which the resources of a group start, stop, and are tried again. */
class GroupRunnerTest {
  private final List<String> done = new ArrayList<>();
  private final List<Task> open = new ArrayList<>();

  private GroupRunner runner() {
    return new GroupRunner(
        Sample.group(
            Sample.resource("fip"),
            Sample.resource("fs", "fip"),
            Sample.resource("db", "fs"),
            Sample.resource("web", "db")));
  }

  private void took(List<Task> tasks) {
    open.addAll(tasks);
  }

  private void end(GroupRunner r, boolean well) {
    Task t = open.removeFirst();
    done.add(t.act() + " " + t.resource());
    took(r.ended(t.number(), well, null));
  }

  private void endAll(GroupRunner r) {
    while (!open.isEmpty()) {
      end(r, true);
    }
  }

  @Test
  void startsInTheOrderOfDependenciesAndStopsInTheOther() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    assertThat(done).containsExactly("START fip", "START fs", "START db", "START web");
    assertThat(r.state()).isEqualTo(State.RUNNING);
    done.clear();
    took(r.stop());
    endAll(r);
    assertThat(done).containsExactly("STOP web", "STOP db", "STOP fs", "STOP fip");
    assertThat(r.state()).isEqualTo(State.STOPPED);
  }

  @Test
  void whatAFailedStartLeftIsStoppedBeforeItIsTriedAgain() {
    GroupRunner r = runner();
    took(r.start());
    end(r, false);
    endAll(r);
    assertThat(done).startsWith("START fip", "STOP fip", "START fip", "START fs");
    assertThat(r.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void failsWhenTheRetriesAreUsedUpAndSaysWhere() {
    GroupRunner r = runner();
    took(r.start());
    end(r, true);
    end(r, false);
    end(r, true);
    end(r, false);
    assertThat(open).isEmpty();
    assertThat(r.state()).isEqualTo(State.FAILED);
    assertThat(r.culprit().name()).isEqualTo("fs");
    took(r.stop());
    endAll(r);
    assertThat(r.state()).isEqualTo(State.STOPPED);
  }

  @Test
  void aRestartTakesWithItWhatNeedsTheResource() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    done.clear();
    took(r.restart("db"));
    endAll(r);
    assertThat(done).containsExactly("STOP web", "STOP db", "START db", "START web");
  }

  @Test
  void aFenceTakesAllDownAtOnceAlsoWhatIsBeingStarted() {
    GroupRunner r = runner();
    took(r.start());
    end(r, true);
    Task starting = open.getFirst();
    List<Task> hard = r.fence();
    assertThat(hard).allMatch(t -> t.act() == Act.STOP_HARD).hasSize(2);
    // The start that ends late is ignored: another task was begun since.
    assertThat(r.ended(starting.number(), true, null)).isEmpty();
    hard.forEach(t -> took(r.ended(t.number(), true, null)));
    assertThat(r.state()).isEqualTo(State.STOPPED);
    assertThat(r.wanted()).isFalse();
  }

  @Test
  void whatCannotBeStoppedIsStuck() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    took(r.stop());
    end(r, false);
    assertThat(r.state()).isEqualTo(State.STUCK);
  }

  @Test
  void whatAFormerLifeStartedIsGoneOnWith() {
    GroupRunner r = runner();
    r.adopt("fip");
    r.adopt("fs");
    assertThat(r.state()).isEqualTo(State.STARTING);
    assertThat(r.stalled()).isTrue();
    took(r.start());
    endAll(r);
    assertThat(done).containsExactly("START db", "START web");
  }

  @Test
  void whatCouldNotBeStoppedIsTriedAgainAtTheOperatorsWord() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    done.clear();
    took(r.stop());
    end(r, false);
    assertThat(r.state()).isEqualTo(State.STUCK);
    assertThat(open).isEmpty();
    took(r.again());
    endAll(r);
    assertThat(done).containsExactly("STOP web", "STOP web", "STOP db", "STOP fs", "STOP fip");
    assertThat(r.state()).isEqualTo(State.STOPPED);
  }

  // ---- one resource by the operator's word

  @Test
  void aHeldResourceIsStoppedWithWhatNeedsItAndComesBack() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    done.clear();
    took(r.hold(Set.of("db")));
    endAll(r);
    assertThat(done).containsExactly("STOP web", "STOP db");
    assertThat(r.state()).isEqualTo(State.RUNNING);
    assertThat(r.resources()).containsEntry("fs", "on").containsEntry("db", "off");
    assertThat(r.stalled()).isFalse();
    assertThat(r.hold(Set.of("db"))).isEmpty();
    done.clear();
    took(r.hold(Set.of()));
    endAll(r);
    assertThat(done).containsExactly("START db", "START web");
    assertThat(r.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void whatIsHeldIsLeftOutWhenTheRestStarts() {
    GroupRunner r = runner();
    assertThat(r.hold(Set.of("db", "nothing"))).isEmpty();
    took(r.start());
    endAll(r);
    assertThat(done).containsExactly("START fip", "START fs");
    assertThat(r.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void whatIsHeldWhileItStartsIsStoppedWhenItHasStarted() {
    GroupRunner r = runner();
    took(r.start());
    end(r, true);
    end(r, true);
    took(r.hold(Set.of("db")));
    assertThat(r.state()).isEqualTo(State.STARTING);
    endAll(r);
    assertThat(done).containsExactly("START fip", "START fs", "START db", "STOP db");
    assertThat(r.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void aHeldResourceThatCannotBeStoppedIsStuck() {
    GroupRunner r = runner();
    took(r.start());
    endAll(r);
    took(r.hold(Set.of("web")));
    end(r, false);
    assertThat(r.state()).isEqualTo(State.STUCK);
    assertThat(r.culprit()).isNotNull();
  }

  // ---- a definition that changes while it runs

  private static Resource service(String name, String unit, long timeout, String... needs) {
    Resource plain = Sample.resource(name, needs);
    return new Resource(
        name,
        new ResourceSettings.Service(unit),
        plain.dependsOn(),
        timeout,
        plain.stopTimeout(),
        plain.startRetries(),
        plain.stopRetries(),
        plain.failovers(),
        plain.finalAction(),
        plain.stopFailure());
  }

  @Test
  void timesCountAtOnceAndWhatAResourceIsFromItsNextStart() {
    GroupRunner r = new GroupRunner(Sample.group(service("a", "old", 5), service("b", "b", 5)));
    took(r.start());
    endAll(r);
    r.define(Sample.group(service("a", "new", 7), service("b", "b", 9)));
    assertThat(r.waiting()).containsExactly("a");
    assertThat(r.group().resource("b").orElseThrow().startTimeout()).isEqualTo(9);
    List<Task> stop = r.restart("a");
    assertThat(stop.getFirst().definition().settings())
        .isEqualTo(new ResourceSettings.Service("old"));
    List<Task> start = r.ended(stop.getFirst().number(), true, null);
    assertThat(start.getFirst().definition()).isEqualTo(service("a", "new", 7));
    assertThat(start.getFirst().timeout()).isEqualTo(7);
    assertThat(r.waiting()).isEmpty();
  }

  @Test
  void whichResourcesThereAreChangesWhenAllAreStopped() {
    GroupRunner r = new GroupRunner(Sample.group(Sample.resource("a"), Sample.resource("b")));
    took(r.start());
    endAll(r);
    Group now = Sample.group(Sample.resource("b", "c"), Sample.resource("c"));
    r.define(now);
    assertThat(r.waiting()).containsExactly("a", "b", "c");
    took(r.restart("b"));
    endAll(r);
    assertThat(r.waiting()).containsExactly("a", "b", "c");
    assertThatThrownBy(() -> r.anew(now)).isInstanceOf(IllegalStateException.class);
    done.clear();
    took(r.stop());
    long last = open.getLast().number();
    endAll(r);
    assertThat(done).containsExactlyInAnyOrder("STOP a", "STOP b");
    GroupRunner next = r.anew(now);
    assertThat(next.waiting()).isEmpty();
    took(next.start());
    assertThat(open.getFirst().number()).isGreaterThan(last);
    endAll(next);
    assertThat(done).endsWith("START c", "START b");
  }
}

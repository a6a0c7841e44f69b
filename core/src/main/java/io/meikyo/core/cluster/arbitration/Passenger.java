// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.StateCodec;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.consensus.Sealed;
import java.util.UUID;

/**
 * Carries a {@link Passage} out, from its first step or from wherever a crash broke it off. Each
 * step does nothing if it was done before.
 *
 * <pre>
 *   SUCCEED: journal ─▶ seal the parent ─▶ create ─▶ IMPORT, taken ─▶ journal DONE ─▶ activate
 *   REJOIN:  journal ─▶ seal and put aside ─▶ join, empty          ─▶ journal DONE ─▶ activate
 * </pre>
 *
 * The import is a command in the log and not a file beside it, so that one who joins later and
 * reads from the start agrees.
 */
public final class Passenger {
  /** What the steps do; they block. Whatever they throw breaks the passage off. */
  public interface Steps {
    /** Makes it durable that this passage was begun. */
    void begun(Passage passage);

    /** Leaves the group for ever: its applied state and the whole tail of its own log. */
    Sealed seal(UUID group);

    /** Puts the files of a sealed group aside; nothing if they are aside already. */
    void putAside(UUID group);

    /** Makes a group with this member as its only voter, or takes it up if it is here already. */
    void create(UUID group);

    /** Becomes an empty member, or takes the group up if it is here already. */
    void join(UUID group);

    /** Puts the command into the log of the group made, and tells what became of it. */
    Verdict propose(UUID group, Command.Import command);

    /** Makes it durable that this member works in the new group, and that the passage is over. */
    void done(Passage passage);

    /** Works in the new group from now on. */
    void activate(UUID group);
  }

  /** The new group did not take what the old one held. Nothing may go on with it. */
  public static final class ImportRefused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Verdict verdict;

    ImportRefused(Verdict verdict) {
      super(verdict.notice().toString());
      this.verdict = verdict;
    }

    /** What the rules said. */
    public Verdict verdict() {
      return verdict;
    }
  }

  private final String self;
  private final Steps steps;

  /** For this member. */
  public Passenger(String self, Steps steps) {
    this.self = self;
    this.steps = steps;
  }

  /** A new one: journals it first. */
  public void begin(Passage passage) {
    steps.begun(passage);
    resume(passage);
  }

  /** One that stands in the journal. */
  public void resume(Passage passage) {
    Sealed last = steps.seal(passage.from());
    switch (passage.kind()) {
      case SUCCEED -> {
        ClusterState parent = StateCodec.decode(last.snapshot());
        steps.create(passage.to());
        Verdict verdict =
            steps.propose(
                passage.to(),
                new Command.Import(parent, passage.to(), last.at(), self, passage.evidence()));
        if (!verdict.taken()) {
          throw new ImportRefused(verdict);
        }
      }
      case REJOIN -> {
        steps.putAside(passage.from());
        steps.join(passage.to());
      }
    }
    steps.done(passage);
    steps.activate(passage.to());
  }
}

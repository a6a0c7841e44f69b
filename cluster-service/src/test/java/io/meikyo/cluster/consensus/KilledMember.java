// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.cluster.consensus.Member.Words;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A member in a process of its own, to be killed: makes a group, proposes words, leaves it, makes
 * the next, and says each thing that is done before it does another.
 */
final class KilledMember {
  private KilledMember() {}

  /** Arguments: id, address, folder, number of the first group, words before each leaving. */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
    Member member = new Member(new Voter(args[0], args[1]), Path.of(args[2]), null);
    long number = Long.parseLong(args[3]);
    int words = Integer.parseInt(args[4]);
    try (RatisStore store = member.boot()) {
      while (true) {
        UUID group = new UUID(1, number);
        ConsensusLog log = store.create(group, new Words());
        out.println("created " + number);
        out.flush();
        for (int i = 0; i < words; i++) {
          String word = number + "." + i;
          if (Member.propose(log, word) instanceof Outcome.Applied) {
            out.println("applied " + word);
            out.flush();
          }
        }
        Sealed sealed = log.seal();
        out.println("sealed " + number + " " + sealed.at().index());
        out.flush();
        number++;
      }
    }
  }
}

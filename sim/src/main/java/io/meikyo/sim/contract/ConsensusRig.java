// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.contract;

import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership.Voter;
import java.util.function.BooleanSupplier;

/** Servers with disks and a network between them, for an implementation of the replicated log. */
public interface ConsensusRig extends AutoCloseable {
  /** Servers that there are; numbered from 0. */
  int SERVERS = 4;

  /** Who a server is at present: its name, its incarnation and its address. */
  Voter voter(int server);

  /** Starts the member of a server, with what is on its disk. */
  ConsensusStore boot(int server);

  /** Ends the member of a server as abruptly as the rig can; its disk stays. */
  void stop(int server);

  /** Takes the disk from a server that is stopped; it comes back as another incarnation. */
  void wipe(int server);

  /** Nothing gets from one server to the other, in either direction. */
  void cut(int server, int other);

  /** All servers hear each other again. */
  void heal();

  /**
   * Lets time pass until something is true.
   *
   * @throws AssertionError if it does not become true in a time that is long for the rig
   */
  void await(BooleanSupplier isTrue, String what);

  /** Lets time pass, several times as much as an election takes. */
  void linger();

  /** Commands after which a member has shortened its log, with a margin. */
  int commandsUntilShortened();

  /** How long those commands must be for that. */
  int commandBytes();

  /** Stops everything. */
  @Override
  void close();
}

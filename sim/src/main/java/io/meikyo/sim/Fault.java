// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

/** The kinds of trouble that come by themselves at some rate. */
enum Fault {
  /** kill -9 of an agent. */
  AGENT_KILL(60),
  /** An agent stands still for long, then sees all that came meanwhile. */
  AGENT_PAUSE(100),
  /** One server loses its power. */
  POWER_ONE(80),
  /** All servers do, at nearly one instant. */
  POWER_ALL(150),
  /** A connection is reset. */
  LINK_RESET(40),
  /** Messages of one direction vanish, and nobody is told for long. */
  LINK_CUT_ONE_WAY(80),
  /** Both directions. */
  LINK_CUT(60),
  /** Messages of one direction wait, then come all at once. */
  LINK_STALL(50),
  /** A disk becomes slow for a while. */
  DISK_SLOW(60),
  /** A server does not reach the authority for a while. */
  AUTHORITY_CUT(60),
  /** One operation of a disk fails. */
  DISK_ERROR(200),
  /** A disk fails for good. */
  DISK_DEATH(300),
  /** An image of a replica is taken, to come back later. */
  IMAGE(50),
  /** A replica that is down is rolled back to an image. */
  ROLLBACK(120),
  /** A server starts with the partitions of another. */
  SWAP(200),
  /** A replica that is not in the set is replaced by a blank one. */
  REPLACE(250);

  /** Mean time between two in the wildest seed, ns. */
  final double often;

  Fault(int oftenMillis) {
    this.often = oftenMillis * 1e6;
  }
}

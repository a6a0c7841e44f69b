// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

/** What the machine witness1 is for the servers of a lab's cluster. */
public enum LabWitness {
  /** A third vote. */
  VOTER,
  /** No member: it answers by HTTP which of two servers goes on. */
  HTTP
}

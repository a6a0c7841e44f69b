// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

/** What a server may do by itself; the operator's word is taken in every case. */
public enum Permission {
  /** It may ask as soon as the other server is suspected. */
  AT_ONCE,
  /** It may ask when the other server's lease has run out, and one second more. */
  AFTER_LEASE,
  /** It may ask when it has waited as long as a starting server waits for the others. */
  AFTER_START_WAIT,
  /** It asks nobody, and waits for the other server. */
  WAITS,
  /** It asks nobody, and shows that it needs the operator's word. */
  OPERATOR_ONLY
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

/** What became of a proposal. */
public sealed interface Outcome {
  /**
   * It is in the log for ever, and was applied here.
   *
   * @param result what {@link StateMachine#apply} gave
   */
  record Applied(LogPosition at, byte[] result) implements Outcome {}

  /** It is not in the log and never will be; may be proposed again. */
  record Refused(String why) implements Outcome {}

  /** Nobody can say, and it may still be applied at any later time. */
  record Unknown(String why) implements Outcome {}
}

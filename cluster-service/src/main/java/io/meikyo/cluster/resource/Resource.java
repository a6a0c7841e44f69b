// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

/**
 * One thing of a group on this server: an address, a disk, a service.
 *
 * <p>Calls block, one at a time per resource; {@link #stopHard} may be called while another call is
 * under way whose context was cancelled. On a platform thread: they wait in system calls, for up to
 * a tenth of a second each, which would hold up the other virtual threads of a carrier.
 */
public interface Resource {
  /** Its name in the configuration, such as {@code fip1}. */
  String name();

  /**
   * It will be started in a moment, when others that it needs are: what can be found out before is
   * begun. Changes nothing, waits for nothing; without it {@link #start} does the same.
   */
  default void prepare(ActionContext context) {}

  /** Starts it. What runs already is left as it is: OK. */
  ActionResult start(ActionContext context);

  /** Stops it in good order. What is stopped already: OK. */
  ActionResult stop(ActionContext context);

  /**
   * Drops it at once (rule R16): only steps that cannot hang, in this order and whatever fails. OK
   * means that nothing of it is left on this server; anything else, that somebody must reset it.
   */
  ActionResult stopHard(ActionContext context);

  /** Looks. Changes nothing. */
  Status probe(ActionContext context);
}

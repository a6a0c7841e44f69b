// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * The bytes of a write or a read, as a handle that the engine passes on and never looks into. Both
 * replicas are written from one payload, and nobody changes it until the request is answered (rule
 * R7).
 *
 * <p>Its memory may be counted. A payload that comes with an event is good until that step of the
 * engine has ended, and one that goes out with an effect likewise: whoever needs it longer keeps
 * it, and drops it when it does not. Where memory is not counted, both do nothing.
 */
public interface Payload {
  /** One more holder: the bytes stay. */
  default void keep() {}

  /** One holder less. */
  default void drop() {}
}

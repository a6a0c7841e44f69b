// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * The bytes of a write or a read, as a handle that the engine passes on and never looks into. Both
 * replicas are written from one payload, and nobody changes it until the request is answered (rule
 * R7).
 */
public interface Payload {}

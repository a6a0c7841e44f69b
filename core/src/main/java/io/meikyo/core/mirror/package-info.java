// SPDX-License-Identifier: Apache-2.0
/**
 * The replica state machine: order of writes, in-sync set, activity log, dirty maps, recovery, hold
 * and cut. Event in, list of effects out; no clock, thread, file, socket or randomness of its own.
 */
@NullMarked
package io.meikyo.core.mirror;

import org.jspecify.annotations.NullMarked;

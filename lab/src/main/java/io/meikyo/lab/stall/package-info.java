// SPDX-License-Identifier: Apache-2.0

/** How long an application waits while its mirror disk is backed up: loads, and the measurement. */
@NullMarked
package io.meikyo.lab.stall;

import org.jspecify.annotations.NullMarked;

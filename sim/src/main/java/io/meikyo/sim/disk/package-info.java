// SPDX-License-Identifier: Apache-2.0
/**
 * Simulated disks: a data partition with a volatile cache that a power loss drops or tears, and a
 * cluster partition whose last write may be torn. They know no engine and no time.
 */
@NullMarked
package io.meikyo.sim.disk;

import org.jspecify.annotations.NullMarked;

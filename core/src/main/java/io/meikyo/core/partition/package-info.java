// SPDX-License-Identifier: Apache-2.0
/**
 * What stands on the partitions of a replica, as values. Knows no bytes (see format) and no
 * decisions (see mirror).
 */
@NullMarked
package io.meikyo.core.partition;

import org.jspecify.annotations.NullMarked;

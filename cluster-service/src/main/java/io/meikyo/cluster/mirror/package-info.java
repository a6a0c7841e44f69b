// SPDX-License-Identifier: Apache-2.0
/**
 * Between the cluster service and the mirror agent of the same server: the deciding record that the
 * agent asks for, and what the agent says of itself.
 */
@NullMarked
package io.meikyo.cluster.mirror;

import org.jspecify.annotations.NullMarked;

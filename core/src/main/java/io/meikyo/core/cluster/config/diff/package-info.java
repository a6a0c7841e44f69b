// SPDX-License-Identifier: Apache-2.0
/**
 * What is different between two configurations, and what applying each difference needs.
 *
 * <p>Promises: two configurations that are equal have no difference, others at least one; what is
 * compared are the values that count, also those that nobody wrote.
 */
@NullMarked
package io.meikyo.core.cluster.config.diff;

import org.jspecify.annotations.NullMarked;

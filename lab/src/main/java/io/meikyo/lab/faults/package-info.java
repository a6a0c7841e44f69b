// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of docs/end-states.md made to happen: each fault, what the cluster comes to, looked at
 * from outside.
 */
@NullMarked
package io.meikyo.lab.faults;

import org.jspecify.annotations.NullMarked;

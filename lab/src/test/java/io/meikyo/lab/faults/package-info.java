// SPDX-License-Identifier: Apache-2.0
/** The table of end states and its page. */
@org.jspecify.annotations.NullMarked
package io.meikyo.lab.faults;

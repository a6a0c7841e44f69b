// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.low;

/** A sample for FloorsTest: a lower floor that keeps to itself. */
public record Below(int answer) {}

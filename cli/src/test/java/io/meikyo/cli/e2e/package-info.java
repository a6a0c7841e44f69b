// SPDX-License-Identifier: Apache-2.0
/**
 * Real agents and a real keeper of the record, as processes on loopback, under load, kill, pause
 * and bad input.
 */
package io.meikyo.cli.e2e;

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/**
 * A command as it stands in the log.
 *
 * @param proposer server that proposes it
 * @param life random per start of its service, and rising: a command of a former life is refused
 *     once one of a later life was applied
 * @param number distinct within that life; the same when it is proposed again
 * @param atMillis wall clock of the proposer, for people
 */
public record Proposal(String proposer, long life, long number, long atMillis, Command command) {}

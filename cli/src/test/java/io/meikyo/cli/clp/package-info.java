// SPDX-License-Identifier: Apache-2.0
/** Transcripts of the runbook's commands, character by character. */
@org.jspecify.annotations.NullMarked
package io.meikyo.cli.clp;

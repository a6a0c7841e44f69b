// SPDX-License-Identifier: Apache-2.0
/**
 * Commands to a running agent, over a Unix socket that only its owner may use: the server, the
 * commands about mirror disks, and the client of the command line.
 *
 * <p>Promises: whoever waits gets an answer, sees signs of life each second, or is told that the
 * agent is gone or hangs. Knows nothing of what the command line prints.
 */
@NullMarked
package io.meikyo.agent.control;

import org.jspecify.annotations.NullMarked;

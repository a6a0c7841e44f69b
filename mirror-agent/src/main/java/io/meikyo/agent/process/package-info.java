// SPDX-License-Identifier: Apache-2.0
/**
 * The mirror agent as a process: opens what its configuration names, gives each mirror disk a loop
 * with a thread of its own, and listens for commands.
 *
 * <p>Promises: a loop that fails ends the process at once, since nobody can say what state is left;
 * whoever watches it starts it again.
 */
@NullMarked
package io.meikyo.agent.process;

import org.jspecify.annotations.NullMarked;

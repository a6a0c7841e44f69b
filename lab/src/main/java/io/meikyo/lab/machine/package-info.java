// SPDX-License-Identifier: Apache-2.0
/**
 * Servers with a kernel of their own, as processes of this machine (User-Mode Linux): for what
 * namespaces cannot show, such as drivers that this machine's kernel does not have. Needs no root.
 *
 * <p>Never for speed: their system calls are some fifty times slower.
 */
@NullMarked
package io.meikyo.lab.machine;

import org.jspecify.annotations.NullMarked;

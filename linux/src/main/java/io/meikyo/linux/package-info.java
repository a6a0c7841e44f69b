// SPDX-License-Identifier: Apache-2.0
/**
 * The system calls that Java lacks, through the foreign function API: descriptors, files past the
 * page cache, sockets that pass descriptors, mounts, loop and NBD devices, processes, network
 * interfaces and their addresses, packets, echo requests, watchdogs, io_uring.
 *
 * <p>Two manners of failing, told by the return type. A call that runs often returns what the
 * kernel returned, or the errno with its sign changed; it never throws and allocates nothing. A
 * call that sets something up throws {@link io.meikyo.linux.LinuxException}, which names the call,
 * the errno and the object.
 *
 * <p>Descriptors are plain ints, as in C, and belong to whoever opened them; all are made
 * close-on-exec. Every method may be called by any thread unless it says otherwise. The structures
 * are laid out for 64-bit little-endian Linux (x86-64, aarch64). Nothing here knows what the calls
 * are used for.
 */
@NullMarked
package io.meikyo.linux;

import org.jspecify.annotations.NullMarked;

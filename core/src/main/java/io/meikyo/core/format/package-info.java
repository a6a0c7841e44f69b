// SPDX-License-Identifier: Apache-2.0
/**
 * How the values of partition and link stand in bytes: on the cluster partition and on the wire.
 *
 * <p>Promises: bytes of any kind give a value or a flaw, never an exception; a length is checked
 * before it is used; every structure names its version, its checksum and the partition that it
 * belongs to. All numbers are little-endian; ids (UUID) stand in the order in which they are
 * printed. The layouts are drawn in docs/formats.md and docs/link-protocol.md. Knows nothing of
 * files, sockets and decisions, except one: what to believe of a damaged partition ({@link
 * io.meikyo.core.format.PartitionReader}).
 */
@NullMarked
package io.meikyo.core.format;

import org.jspecify.annotations.NullMarked;

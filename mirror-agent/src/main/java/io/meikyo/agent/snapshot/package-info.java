// SPDX-License-Identifier: Apache-2.0
/**
 * Snapshots of the data partitions of one server: chunks are copied to a store file before they
 * change for the first time ({@link io.meikyo.core.snapshot.CopyBeforeWrite} decides which), and
 * read from there or from the disk.
 *
 * <p>Promises: a write waits for the copy of what it changes and for nothing else; a store that is
 * full, fails or takes too long costs the snapshot, is said, and lets the writes go; a snapshot
 * that does not stand any more gives errors, never other bytes; nothing outlives the process but
 * files that its next life removes. Knows nothing of roles, links or what an image is for.
 */
@NullMarked
package io.meikyo.agent.snapshot;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Disks with a volatile cache under a server of the laboratory: when the power goes, what was not
 * flushed is kept, lost or torn, sector by sector, by a seed.
 *
 * <p>{@link io.meikyo.lab.disk.VolatileDisk} is a layer over any block service, {@link
 * io.meikyo.lab.disk.UndoLog} is what it remembers, and {@link io.meikyo.lab.disk.DiskMain} is the
 * process that shows files through it.
 */
@NullMarked
package io.meikyo.lab.disk;

import org.jspecify.annotations.NullMarked;

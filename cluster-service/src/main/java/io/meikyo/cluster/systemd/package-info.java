// SPDX-License-Identifier: Apache-2.0
/**
 * Questions and orders to systemd, through systemctl.
 *
 * <p>Promises: says clearly where no systemd runs, and never waits beyond a limit. Knows nothing of
 * resources and monitors.
 */
@NullMarked
package io.meikyo.cluster.systemd;

import org.jspecify.annotations.NullMarked;

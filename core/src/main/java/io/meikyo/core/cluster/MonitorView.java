// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.notice.Notice;
import org.jspecify.annotations.Nullable;

/**
 * How a monitor stands on one server.
 *
 * @param watched it runs there now
 * @param well as of its last look
 * @param known it has looked at least once
 * @param said what it said last; null if nothing
 * @param rungs of its ladder that were used
 * @param resting by the operator's word
 */
public record MonitorView(
    String name,
    boolean watched,
    boolean well,
    boolean known,
    @Nullable Notice said,
    int rungs,
    boolean resting) {}

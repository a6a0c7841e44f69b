// SPDX-License-Identifier: Apache-2.0
/** What replicas say to each other, as values. Knows no bytes and no sockets. */
@NullMarked
package io.meikyo.core.link;

import org.jspecify.annotations.NullMarked;

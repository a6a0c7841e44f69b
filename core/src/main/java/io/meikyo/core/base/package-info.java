// SPDX-License-Identifier: Apache-2.0
/** Small helpers that every part of the core may use. */
@NullMarked
package io.meikyo.core.base;

import org.jspecify.annotations.NullMarked;

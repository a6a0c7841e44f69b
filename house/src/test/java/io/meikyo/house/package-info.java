// SPDX-License-Identifier: Apache-2.0
/**
 * The house rules, as tests: over the classes of all modules, the source tree, the texts and the
 * documents.
 *
 * <p>Each rule says why it is there when it fails, and each is shown to fail on a planted sample: a
 * rule that cannot fail is worth nothing. The samples that must be compiled are in {@code planted}.
 */
@NullMarked
package io.meikyo.house;

import org.jspecify.annotations.NullMarked;

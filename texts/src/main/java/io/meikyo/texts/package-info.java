// SPDX-License-Identifier: Apache-2.0
/**
 * What Meikyo says to people, in English and Japanese.
 *
 * <p>Promises: whatever the notice, a text comes out and nothing is thrown. Knows nothing of the
 * environment: the caller chooses the language.
 */
@NullMarked
package io.meikyo.texts;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * What core has to say to people, as values: a code and its arguments.
 *
 * <p>Promises: a notice is immutable and names each argument, so that it can be sent, stored and
 * shown by somebody who does not know its code. Knows nothing of languages; {@code io.meikyo.texts}
 * does.
 */
@NullMarked
package io.meikyo.core.notice;

import org.jspecify.annotations.NullMarked;

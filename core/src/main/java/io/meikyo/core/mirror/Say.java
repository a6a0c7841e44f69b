// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * Every sentence that the engine can say (law 10). The text, in English and Japanese and with cause
 * and correction, is in the message bundles under {@code mirror.}<i>name in lower case</i>.
 */
public enum Say {
  /** Nothing to say. */
  NOTHING
}

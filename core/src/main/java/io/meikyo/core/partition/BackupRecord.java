// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * The backup flag of the runbook and who raised it.
 *
 * @param flagOn backup mode is on for this partition (and for every image of it)
 * @param holdId the hold that backup mode belongs to; 0 if none
 * @param cutId the cut that an image of now is of; 0 before the cut
 * @param beganAtMillis wall clock at the begin, milliseconds since 1970, for people only
 */
public record BackupRecord(boolean flagOn, long holdId, long cutId, long beganAtMillis) {
  /** No backup mode. */
  public static final BackupRecord OFF = new BackupRecord(false, 0, 0, 0);
}

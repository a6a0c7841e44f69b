// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/** What a member of the cluster is. */
public enum MemberRole {
  /** Runs groups, holds replicas, and votes. */
  SERVER,
  /** Votes only. */
  WITNESS
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/**
 * Heartbeats and lease. All times in ns.
 *
 * @param profile where the values came from that the file does not give
 * @param heartbeat interval of heartbeats between servers
 * @param suspect a server not heard of for so long is suspected to be down
 * @param leaseTtl how long one renewal lets a group's owner go on
 * @param leaseRenew interval of renewals
 * @param electionMin shortest wait of a consensus member before it stands for election
 * @param electionMax longest wait
 * @param startWait how long a starting server waits for the others before it asks for arbitration
 */
public record Timing(
    Profile profile,
    long heartbeat,
    long suspect,
    long leaseTtl,
    long leaseRenew,
    long electionMin,
    long electionMax,
    long startWait) {

  /**
   * How long a server believes what its mirror agent has said (rule R5), ns. Its peer waits as long
   * before it takes over, so it is the same on all servers.
   */
  public long agentView() {
    return profile == Profile.FAST ? 400_000_000L : 1_000_000_000L;
  }

  /** The two sets of defaults. */
  public enum Profile implements Choice {
    /** Bears a busy machine and a slow disk: failover in some seconds. */
    CALM("calm"),
    /** For machines that are never starved: failover in one to two seconds with a witness. */
    FAST("fast");

    private final String word;

    Profile(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }
}

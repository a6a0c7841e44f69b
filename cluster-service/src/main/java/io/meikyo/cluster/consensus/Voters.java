// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftPeer;

/** Voters, in the engine's words and in ours. */
final class Voters {
  private Voters() {}

  static Membership of(RaftConfigurationProto conf) {
    return new Membership(
        conf.getPeersList().stream()
            .map(p -> new Voter(p.getId().toStringUtf8(), p.getAddress()))
            .toList());
  }

  static RaftPeer peer(Voter voter) {
    return RaftPeer.newBuilder().setId(voter.id()).setAddress(voter.address()).build();
  }

  static List<RaftPeer> peers(Membership membership) {
    return membership.voters().stream().map(Voters::peer).toList();
  }
}

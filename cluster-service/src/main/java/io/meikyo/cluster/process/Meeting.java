// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.PeerCall;
import io.meikyo.cluster.peer.PeerCaller;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Members are met where they are called for heartbeats. */
record Meeting(Map<String, PeerCaller> callers) implements PairKeeper.Links {
  @Override
  public Set<String> members() {
    return Set.copyOf(callers.keySet());
  }

  @Override
  public CompletableFuture<HttpSeam.Response> call(String member, HttpSeam.Request request) {
    PeerCaller caller = callers.get(member);
    return caller == null
        ? CompletableFuture.failedFuture(new IOException(member + " is not known"))
        : caller.call(PeerCall.encode(request)).thenApply(PeerCall::response);
  }
}

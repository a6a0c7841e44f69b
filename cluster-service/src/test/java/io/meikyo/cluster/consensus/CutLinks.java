// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSession;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;

/**
 * Cables that can be cut, in one process: who calls is known by the certificate that he shows. A
 * message over a cut cable is lost without a word, in both directions.
 */
final class CutLinks {
  private final Set<String> cuts = ConcurrentHashMap.newKeySet();

  void cut(String one, String other) {
    cuts.add(one + " " + other);
    cuts.add(other + " " + one);
  }

  void heal() {
    cuts.clear();
  }

  private boolean passes(String from, String to) {
    return !cuts.contains(from + " " + to);
  }

  /** What a member has at its end. */
  ServerInterceptor at(String member) {
    return new ServerInterceptor() {
      @Override
      public <Q, R> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String from = caller(call);
        ServerCall<Q, R> answers =
            new SimpleForwardingServerCall<>(call) {
              @Override
              public void sendMessage(R message) {
                if (passes(member, from)) {
                  super.sendMessage(message);
                }
              }
            };
        return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
            next.startCall(answers, headers)) {
          @Override
          public void onMessage(Q message) {
            if (passes(from, member)) {
              super.onMessage(message);
            } else {
              call.request(1);
            }
          }
        };
      }
    };
  }

  private static String caller(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      throw new IllegalStateException("cables are cut by certificate; this link has none");
    }
    try {
      return Tls.peer(session).server();
    } catch (Refusal e) {
      throw new IllegalStateException("a caller without a certificate", e);
    }
  }
}

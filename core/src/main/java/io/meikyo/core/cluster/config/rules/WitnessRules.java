// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.cluster.config.form.ConfigPath;
import java.util.Optional;

/** Who decides when servers lose each other. */
final class WitnessRules {
  private final ClusterConfig config;
  private final Rules rules;

  WitnessRules(ClusterConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
  }

  void check() {
    switch (config.witness()) {
      case Witness.None _ -> {}
      case Witness.Voter voter -> {
        apart(ConfigPath.of("witness", "address"), voter.address().host());
        int voters = config.servers().size() + 1;
        if (voters % 2 == 0) {
          rules.add(ConfigPath.of("witness"), RuleNotice.VOTERS_EVEN, voters);
        }
      }
      case Witness.Http http -> apart(ConfigPath.of("witness", "url"), hostOf(http.url()));
    }
    arbitration();
  }

  private void arbitration() {
    ConfigPath kind = ConfigPath.of("arbitration", "kind");
    boolean http = config.witness() instanceof Witness.Http;
    if (http && !(config.arbitration() instanceof Arbitration.HttpWitness)) {
      rules.add(kind, RuleNotice.WITNESS_UNUSED, word());
    }
    switch (config.arbitration()) {
      case Arbitration.HttpWitness _ -> {
        if (!http) {
          rules.add(kind, RuleNotice.WITNESS_MISSING);
        }
      }
      case Arbitration.Ping ping -> {
        rules.add(kind, RuleNotice.ARBITRATION_WEAK);
        for (int i = 0; i < ping.targets().size(); i++) {
          inside(ConfigPath.of("arbitration", "targets", i), ping.targets().get(i));
        }
      }
      case Arbitration.Fencing _ -> {}
      case Arbitration.None _, Arbitration.Operator _ -> unattended(kind);
    }
  }

  /** With a majority to be had, arbitration is not needed for one failure. */
  private void unattended(ConfigPath kind) {
    boolean majority = config.servers().size() > 2 || config.witness() instanceof Witness.Voter;
    boolean wanted = config.groups().stream().anyMatch(g -> g.failover().auto());
    if (config.servers().size() == 2 && !majority && wanted) {
      rules.add(kind, RuleNotice.ARBITRATION_NONE, word());
    }
  }

  private String word() {
    return switch (config.arbitration()) {
      case Arbitration.None _ -> "none";
      case Arbitration.Operator _ -> "operator";
      case Arbitration.HttpWitness _ -> "http-witness";
      case Arbitration.Ping _ -> "ping";
      case Arbitration.Fencing _ -> "fencing";
    };
  }

  /** A witness on one of the servers dies with it. */
  private void apart(ConfigPath path, String host) {
    IpAddress address = IpAddress.parse(host);
    Optional<Server> owner = address == null ? named(host) : owner(address);
    owner.ifPresent(s -> rules.add(path, RuleNotice.WITNESS_ON_SERVER, host, s.name()));
  }

  private Optional<Server> named(String host) {
    return config.servers().stream().filter(s -> s.name().equalsIgnoreCase(host)).findFirst();
  }

  /** Whoever pings itself always gets an answer. */
  private void inside(ConfigPath path, IpAddress target) {
    owner(target).ifPresent(s -> rules.add(path, RuleNotice.TARGET_INSIDE, target, s.name()));
  }

  private Optional<Server> owner(IpAddress address) {
    return config.servers().stream()
        .filter(s ->
            s.address().address().equals(address)
                || s.interconnects().contains(address)
                || s.mirrorConnects().contains(address))
        .findFirst();
  }

  /** The host of a web address, without user and port. */
  static String hostOf(String url) {
    int scheme = url.indexOf("://");
    int start = scheme < 0 ? 0 : scheme + 3;
    int end = start;
    while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
      end++;
    }
    String authority = url.substring(start, end);
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    if (host.startsWith("[")) {
      int close = host.indexOf(']');
      return close < 0 ? host : host.substring(1, close);
    }
    int colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }
}

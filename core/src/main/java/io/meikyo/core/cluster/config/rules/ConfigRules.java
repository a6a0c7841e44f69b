// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Finding;
import java.util.List;

/** All rules. A configuration without an error here keeps the promises of {@link ClusterConfig}. */
public final class ConfigRules {
  private ConfigRules() {}

  /** Everything that does not fit together. */
  public static List<Finding> check(ClusterConfig config) {
    Rules rules = new Rules();
    new ServerRules(config, rules).check();
    new WitnessRules(config, rules).check();
    new MirrorRules(config, rules).check();
    new GroupRules(config, rules).check();
    new MonitorRules(config, rules).check();
    if (config.hooks().beforeFreeze() != null || config.hooks().afterThaw() != null) {
      rules.add(ConfigPath.of("hooks"), RuleNotice.NOT_YET);
    }
    return rules.findings();
  }
}

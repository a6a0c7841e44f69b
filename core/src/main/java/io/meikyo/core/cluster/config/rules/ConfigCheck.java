// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.form.ConfigBinder;
import io.meikyo.core.cluster.config.form.ConfigForms;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Finding;
import io.meikyo.core.cluster.config.form.FormCheck;
import io.meikyo.core.cluster.config.form.Position;
import io.meikyo.core.cluster.config.form.RawNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The whole way from what was read to a configuration: forms, binding, rules. */
public final class ConfigCheck {
  /**
   * What came out.
   *
   * @param config the configuration; empty if there is an error
   * @param findings errors and warnings, in the order of the file
   */
  public record Checked(Optional<ClusterConfig> config, List<Finding> findings) {
    /** Freezes the list. */
    public Checked {
      findings = List.copyOf(findings);
    }
  }

  private ConfigCheck() {}

  /** Judges a whole configuration. */
  public static Checked check(RawNode.Table raw) {
    FormCheck.Result form = FormCheck.check(raw, ConfigForms.ROOT);
    ClusterConfig config = ConfigBinder.bind(form.filled());
    List<Finding> all = new ArrayList<>(form.findings());
    for (Finding finding : ConfigRules.check(config)) {
      if (!follows(finding, form.broken())) {
        all.add(finding);
      }
    }
    all.sort(Comparator.comparing(f -> f.path().in(raw), Position.ORDER));
    boolean good = all.stream().noneMatch(Finding::isError);
    return new Checked(good ? Optional.of(config) : Optional.empty(), all);
  }

  /** Whether a finding may only follow from a value for which something else stood in. */
  private static boolean follows(Finding finding, List<ConfigPath> broken) {
    if (broken.isEmpty()) {
      return false;
    }
    return !finding.isError()
        || broken.stream()
            .anyMatch(b ->
                b.leadsTo(finding.path())
                    || finding.path().leadsTo(b)
                    || mayHaveHidden(b, finding));
  }

  /** Whether what is said to be missing may be what cannot be read. */
  private static boolean mayHaveHidden(ConfigPath broken, Finding finding) {
    Object list = broken.steps().isEmpty() ? "" : broken.steps().getFirst();
    Object last = broken.steps().isEmpty() ? "" : broken.steps().getLast();
    if (finding.code() == RuleNotice.FS_DEVICE || finding.code() == RuleNotice.FIPW_TARGET) {
      // A resource of an unknown kind may be the mirror disk or floating IP that is looked for.
      return list.equals("group") && (last instanceof Integer || last.equals("resource"));
    }
    boolean aboutName =
        finding.code() == RuleNotice.NAME_UNKNOWN || finding.code() == RuleNotice.NAME_UNKNOWN_NEAR;
    return aboutName
        && finding.args().getFirst().toString().startsWith("[[" + list)
        && (last.equals("name") || last.equals(list) || last.equals("resource"));
  }
}

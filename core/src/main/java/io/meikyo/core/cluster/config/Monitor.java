// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One monitor. All times in ns.
 *
 * @param name its name, {@code fipw1}
 * @param automatic made for a resource or mirror disk, with the defaults, since the file has none
 * @param settings what it looks at
 * @param servers where it runs
 * @param interval from the end of one look to the beginning of the next
 * @param timeout longest look; longer counts as failed
 * @param retries failed looks in a row that are forgiven before the ladder begins
 * @param startDelay wait before the first look
 * @param when always, or only while its target is active on this server
 * @param target the resource or group that it is about; null: the server as a whole
 * @param recover the resource or group that the ladder works on; null: only the server itself, so
 *     that restarts and failovers are left out
 * @param ladder what is done, rung by rung, when it fails
 */
public record Monitor(
    String name,
    boolean automatic,
    MonitorSettings settings,
    List<String> servers,
    long interval,
    long timeout,
    int retries,
    long startDelay,
    When when,
    @Nullable String target,
    @Nullable String recover,
    Ladder ladder) {

  /** Freezes the list. */
  public Monitor {
    servers = List.copyOf(servers);
  }

  /** Its kind. */
  public MonitorKind kind() {
    return settings.kind();
  }

  /** When a monitor runs. */
  public enum When implements Choice {
    /** As long as the cluster is not suspended. */
    ALWAYS("always"),
    /** While its target is active on this server. */
    ACTIVE("active");

    private final String word;

    When(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /**
   * What is done when a monitor fails, in this order: script, restarts, failovers, final action.
   * All times in ns.
   *
   * @param script path; null: none
   * @param scripts how often the script is run
   * @param scriptTimeout longest run of it
   * @param restarts how often the target is restarted where it is
   * @param failovers how often its group goes to another server
   * @param finalAction what comes last
   * @param backOff pause before the second rung; doubled with each further one
   * @param backOffMax longest such pause
   * @param resetAfter healthy for so long, and the ladder begins anew
   */
  public record Ladder(
      @Nullable String script,
      int scripts,
      long scriptTimeout,
      int restarts,
      int failovers,
      FinalAction finalAction,
      long backOff,
      long backOffMax,
      long resetAfter) {}
}

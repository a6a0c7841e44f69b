// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.notice.Notice;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last rung, of a monitor's ladder and of a resource that could not be started anywhere or not
 * be stopped: taken once, and never on the last healthy server.
 *
 * <pre>
 *  NONE          it stays as it is
 *  STOP_GROUP    the group is not wanted any more, until the operator says so
 *  STOP_SERVICE  as if the operator had stopped the cluster service here
 *  others        the server goes down
 * </pre>
 */
final class FinalActions {
  private final ClusterNode node;
  private final Set<String> taken = new HashSet<>();

  FinalActions(ClusterNode node) {
    this.node = node;
  }

  /** A group of this server, as it was just decided on. */
  void look(Decision decision, GroupRunner runner) {
    Resource culprit = runner.culprit();
    boolean stuck = decision.because().code().equals(PlanNotice.STUCK.key());
    String code = decision.because().code();
    boolean stays =
        code.equals(PlanNotice.FAILED_STAYS.key()) || code.equals(PlanNotice.FAILED_OFTEN.key());
    if (!stuck && !stays) {
      taken.remove(decision.group());
    } else if (culprit != null && taken.add(decision.group())) {
      FinalAction action = stuck ? culprit.stopFailure() : culprit.finalAction();
      take(
          action,
          decision.group(),
          culprit.name(),
          Notice.of(NodeNotice.FINAL_ACTION, decision.group(), culprit.name(), action.word()));
    }
  }

  /**
   * Takes one.
   *
   * @param group what stops; null if it is about none
   * @param who the monitor or resource
   */
  void take(FinalAction action, @Nullable String group, String who, Notice why) {
    if (action == FinalAction.NONE) {
      return;
    }
    if (lastHealthy()) {
      node.tell(NodeNotice.LAST_HEALTHY, who, action.word());
      return;
    }
    node.emit(new NodeEffect.Tell(why));
    switch (action) {
      case NONE -> {}
      case STOP_GROUP -> {
        if (group != null) {
          node.proposeOnce("stop " + group, new Command.Want(group, false, null, who));
        }
      }
      case STOP_SERVICE -> node.stopService();
      case REBOOT, POWER_OFF, RESET -> node.emit(new NodeEffect.Act(action, why));
    }
  }

  /** No other server could take over what runs here. */
  private boolean lastHealthy() {
    for (ServerState s : node.state().servers().values()) {
      boolean other = !s.name().equals(node.self()) && s.role() == MemberRole.SERVER;
      if (other && s.running() && node.health(s.name()) == Health.UP) {
        return false;
      }
    }
    return true;
  }
}

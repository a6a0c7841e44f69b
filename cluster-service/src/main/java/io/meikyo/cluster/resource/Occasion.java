// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Why something is started or stopped, as scripts are told.
 *
 * @param group name of the group
 * @param server name of this server
 * @param reason why the group came here; kept while it is here
 * @param home true if this server is the first of the group's priority list
 * @param priority place of this server in that list, from 1
 */
public record Occasion(String group, String server, Reason reason, boolean home, int priority) {

  /** Why a group is started. */
  public enum Reason {
    /** The cluster started, or somebody started or moved the group. */
    START,
    /** Another server failed, or the group failed there. */
    FAILOVER,
    /** A monitor or somebody has it started again where it was. */
    RESTART
  }

  /**
   * The environment of a script.
   *
   * @param event what it is to do: {@code start}, {@code stop}, {@code probe}, {@code monitor}
   * @param resource name of the resource
   * @return names that begin with MEIKYO_, and those that administrators have in scripts for
   *     CLUSTERPRO
   */
  public Map<String, String> environment(String event, String resource) {
    Map<String, String> all = new LinkedHashMap<>(marks(resource));
    all.put("MEIKYO_EVENT", event);
    all.put("MEIKYO_REASON", reason.name().toLowerCase(Locale.ROOT));
    all.put("MEIKYO_HOME", home ? "yes" : "no");
    all.put("MEIKYO_PRIORITY", Integer.toString(priority));
    // There a start script and a stop script are told alike why the group came: START or FAILOVER.
    all.put("CLP_EVENT", reason == Reason.FAILOVER ? "FAILOVER" : "START");
    all.put("CLP_SERVER", home ? "HOME" : "OTHER");
    all.put("CLP_DISK", "SUCCESS");
    all.put("CLP_PRIORITY", Integer.toString(priority));
    all.put("CLP_GROUPNAME", group);
    all.put("CLP_RESOURCENAME", resource);
    return all;
  }

  /** The part by which processes of a resource are known again. */
  Map<String, String> marks(String resource) {
    Map<String, String> marks = new LinkedHashMap<>();
    marks.put("MEIKYO_GROUP", group);
    marks.put("MEIKYO_SERVER", server);
    marks.put("MEIKYO_RESOURCE", resource);
    return marks;
  }
}

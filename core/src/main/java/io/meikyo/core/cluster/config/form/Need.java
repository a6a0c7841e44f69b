// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.Choice;

/** What applying a change needs, from least to most. */
public enum Need implements Choice {
  /** Nothing: it counts from the next time it is looked at. */
  NOTHING("nothing"),
  /** The monitor stops and starts. */
  MONITOR("monitor restart"),
  /** The mirror agents are started anew: I/O pauses for a moment, nothing moves. */
  AGENT("mirror agent restart"),
  /** The resource stops and starts, and what depends on it; until then it runs as it was. */
  RESOURCE("resource restart"),
  /** The group stops and starts; until then it runs as it was. */
  GROUP("group restart"),
  /** The cluster is suspended while it is applied on all servers. */
  SUSPEND("cluster suspend"),
  /** It counts on each server from the next start of its cluster service; groups go on. */
  SERVICE("service restart"),
  /** It cannot be applied to what lives: the mirror disk or the cluster must be made anew. */
  NEW("made anew");

  private final String word;

  Need(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}

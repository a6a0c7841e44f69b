// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import java.util.ArrayList;
import java.util.List;

/** Writes that died with an agent and that the kernel will send again to the next one. */
final class Backlog {
  private List<Request> requests = new ArrayList<>();

  void add(Request r) {
    requests.add(r);
  }

  List<Request> take() {
    List<Request> r = requests;
    requests = new ArrayList<>();
    return r;
  }

  int size() {
    return requests.size();
  }
}

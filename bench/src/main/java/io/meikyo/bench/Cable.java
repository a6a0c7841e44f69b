// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

/** Two network namespaces with a cable between them; nothing of the machine's own network. */
final class Cable {
  private static final String[] ADDRESSES = {"10.79.0.1", "10.79.0.2"};

  private final String[] namespaces;

  Cable(Workshop shop) throws BenchProblem, InterruptedException {
    namespaces = new String[] {shop.namespace("a"), shop.namespace("b")};
    Workshop.run(
        "ip",
        "link",
        "add",
        "cable",
        "netns",
        namespaces[0],
        "type",
        "veth",
        "peer",
        "name",
        "cable",
        "netns",
        namespaces[1]);
    for (int side = 0; side < 2; side++) {
      shop.in(namespaces[side], "ip", "addr", "add", ADDRESSES[side] + "/24", "dev", "cable");
      shop.in(namespaces[side], "ip", "link", "set", "cable", "up");
    }
  }

  /** Namespace of a side, 0 or 1. */
  String namespace(int side) {
    return namespaces[side];
  }

  /** Address of a side on the cable. */
  static String address(int side) {
    return ADDRESSES[side];
  }
}

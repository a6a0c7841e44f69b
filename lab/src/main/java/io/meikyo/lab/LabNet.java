// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The cables. Each pair of servers has one of its own for the mirror (10.77.ab.a and .b); all
 * servers and the witness are on one LAN (10.77.0.n, witness 10.77.0.9, clients 10.77.0.99), whose
 * switch is a namespace too. The machine's own network has no part in it.
 */
final class LabNet {
  private final LabFolder folder;
  private final LabPlan plan;

  LabNet(LabFolder folder, LabPlan plan) {
    this.folder = folder;
    this.plan = plan;
  }

  /** Name of the namespace in which the switch and clients are. */
  String lan() {
    return folder.prefix() + "-lan";
  }

  /** Name of a server's namespace. */
  String of(int server) {
    return folder.prefix() + "-s" + server;
  }

  /** Address of the witness, or of who keeps the deciding record. */
  static String witnessAddress() {
    return lanAddress(LabPlan.WITNESS_NUMBER);
  }

  /** Where a witness over HTTP listens. */
  static String witnessListens() {
    return witnessAddress() + ":7799";
  }

  /** Where clients are. */
  static String clientAddress() {
    return "10.77.0.99";
  }

  /** Address of a server on the LAN. */
  static String lanAddress(int server) {
    return "10.77.0." + server;
  }

  /** Address of a server on its cable to another. */
  static String address(int server, int other) {
    return "10.77." + Math.min(server, other) + Math.max(server, other) + "." + server;
  }

  private static String cable(int server, int other) {
    return "mc" + server + other;
  }

  /** Path that nsenter takes. */
  static String path(String namespace) {
    return "/run/netns/" + namespace;
  }

  void make() throws LabProblem, InterruptedException {
    Shell.run("ip", "netns", "add", lan());
    in(lan(), "ip", "link", "set", "lo", "up");
    in(lan(), "ip", "link", "add", "sw", "type", "bridge");
    in(lan(), "ip", "addr", "add", clientAddress() + "/24", "dev", "sw");
    in(lan(), "ip", "link", "set", "sw", "up");
    for (int s = 1; s <= plan.servers(); s++) {
      makeServer(s);
    }
    makeServer(LabPlan.WITNESS_NUMBER);
    for (int a = 1; a <= plan.servers(); a++) {
      for (int b = a + 1; b <= plan.servers(); b++) {
        connect(a, b);
      }
    }
  }

  private void makeServer(int s) throws LabProblem, InterruptedException {
    Shell.run("ip", "netns", "add", of(s));
    Shell.run(
        "ip", "link", "add", "lan0", "netns", of(s), "type", "veth", "peer", "name", "p" + s,
        "netns", lan());
    in(lan(), "ip", "link", "set", "p" + s, "master", "sw", "up");
    in(of(s), "ip", "addr", "add", lanAddress(s) + "/24", "dev", "lan0");
    in(of(s), "ip", "link", "set", "lan0", "up");
    in(of(s), "ip", "link", "set", "lo", "up");
  }

  private void connect(int a, int b) throws LabProblem, InterruptedException {
    Shell.run(
        "ip",
        "link",
        "add",
        cable(a, b),
        "netns",
        of(a),
        "type",
        "veth",
        "peer",
        "name",
        cable(b, a),
        "netns",
        of(b));
    in(of(a), "ip", "addr", "add", address(a, b) + "/24", "dev", cable(a, b));
    in(of(b), "ip", "addr", "add", address(b, a) + "/24", "dev", cable(b, a));
    in(of(a), "ip", "link", "set", cable(a, b), "up");
    in(of(b), "ip", "link", "set", cable(b, a), "up");
  }

  private static String in(String namespace, String... command)
      throws LabProblem, InterruptedException {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + path(namespace)));
    all.addAll(List.of(command));
    return Shell.run(all.toArray(String[]::new));
  }

  /** What lies between two servers. */
  private enum Way {
    /** Their own cable. */
    CABLE,
    /** The LAN. */
    LAN
  }

  /** Nothing passes there between the two any more; what is sent is lost without a word. */
  private void cut(int a, int b, Way way) throws LabProblem, InterruptedException {
    if (way == Way.CABLE) {
      cable(a, b, "down");
    } else {
      in(of(a), "ip", "route", "replace", "blackhole", lanAddress(b) + "/32");
      in(of(b), "ip", "route", "replace", "blackhole", lanAddress(a) + "/32");
    }
  }

  private void cable(int a, int b, String how) throws LabProblem, InterruptedException {
    if (a <= plan.servers() && b <= plan.servers()) {
      in(of(a), "ip", "link", "set", cable(a, b), how);
      in(of(b), "ip", "link", "set", cable(b, a), how);
    }
  }

  /** A machine without power says nothing: its interfaces are off. */
  void off(int machine) throws LabProblem, InterruptedException {
    for (String link : links(machine)) {
      // What is left of an earlier lab may have no such link.
      Shell.Result _ =
          Shell.attempt(
              List.of("nsenter", "--net=" + path(of(machine)), "ip", "link", "set", link, "down"));
    }
  }

  /** A machine that boots has its own address on the LAN, and no other. */
  void on(int machine) throws LabProblem, InterruptedException {
    in(of(machine), "ip", "addr", "flush", "dev", "lan0");
    in(of(machine), "ip", "addr", "add", lanAddress(machine) + "/24", "dev", "lan0");
    for (String link : links(machine)) {
      in(of(machine), "ip", "link", "set", link, "up");
    }
  }

  private List<String> links(int machine) {
    List<String> all = new ArrayList<>(List.of("lan0"));
    for (int other = 1; other <= plan.servers() && machine <= plan.servers(); other++) {
      if (other != machine) {
        all.add(cable(machine, other));
      }
    }
    return all;
  }

  /** Plugs the cable of a server out of the LAN's switch, or in again. */
  private void plug(int server, boolean in) throws LabProblem, InterruptedException {
    in(lan(), "ip", "link", "set", "p" + server, in ? "up" : "down");
  }

  /** Does what a hand at the cables does; see {@link Lab#net}. */
  void hand(String what, String a, String b, Lab.Between ways)
      throws LabProblem, InterruptedException {
    int one = plan.number(a);
    if (b.equals("lan")) {
      if (what.equals("slow")) {
        throw new LabProblem(LabNotice.NO_SERVER, b, String.join(", ", plan.machines()));
      }
      plug(one, what.equals("heal"));
      return;
    }
    int other = plan.number(b);
    if (one == other) {
      throw new LabProblem(LabNotice.NO_SERVER, b, "-");
    }
    switch (what) {
      case "cut" -> {
        cut(one, other, Way.CABLE);
        if (ways == Lab.Between.ALL) {
          cut(one, other, Way.LAN);
        }
      }
      case "heal" -> heal(one, other);
      default -> slow(one, other);
    }
  }

  /** As it was made: whole and fast. */
  private void heal(int a, int b) throws LabProblem, InterruptedException {
    cable(a, b, "up");
    remove(a, b);
    remove(b, a);
  }

  private void remove(int a, int b) throws LabProblem, InterruptedException {
    // Both may not be there: then they need not be taken away.
    Shell.attempt(
        List.of(
            "nsenter",
            "--net=" + path(of(a)),
            "ip",
            "route",
            "del",
            "blackhole",
            lanAddress(b) + "/32"));
    Shell.attempt(
        List.of(
            "nsenter", "--net=" + path(of(a)), "tc", "qdisc", "del", "dev", cable(a, b), "root"));
  }

  /** The cable carries 20 Mbit/s; with 20 ms of delay where the kernel can. */
  private void slow(int a, int b) throws LabProblem, InterruptedException {
    slowOne(a, b);
    slowOne(b, a);
  }

  private void slowOne(int a, int b) throws LabProblem, InterruptedException {
    String enter = "--net=" + path(of(a));
    Shell.Result delay =
        Shell.attempt(
            List.of(
                "nsenter",
                enter,
                "tc",
                "qdisc",
                "replace",
                "dev",
                cable(a, b),
                "root",
                "netem",
                "delay",
                "20ms",
                "rate",
                "20mbit"));
    if (delay.status() != 0) {
      Shell.run(
          "nsenter",
          enter,
          "tc",
          "qdisc",
          "replace",
          "dev",
          cable(a, b),
          "root",
          "tbf",
          "rate",
          "20mbit",
          "burst",
          "64kb",
          "latency",
          "200ms");
    }
  }

  /** Takes away every namespace of this folder, whoever made it. */
  void remove() throws LabProblem, InterruptedException {
    for (String line : Shell.run("ip", "netns", "list").lines().toList()) {
      String name = line.split(" ", 2)[0];
      if (name.startsWith(folder.prefix() + "-") && Files.exists(Path.of(path(name)))) {
        Shell.run("ip", "netns", "del", name);
      }
    }
  }
}

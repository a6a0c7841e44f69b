// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.agent.partition.Progress;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The lab: servers, cables, disks, and what a hand could do to them. Every method blocks until it
 * is done; one caller at a time.
 */
public final class Lab {
  /** Where the lab is unless something else is said. */
  public static final Path STANDARD = Path.of("/var/tmp/meikyo-lab");

  private static final long SYNC_SECONDS = 600;
  private static final long ONLINE_SECONDS = 90;
  private static final long START_SECONDS = 60;

  private final LabFolder folder;
  private final Path root;
  private final Consumer<Notice> says;
  private final Progress progress;
  private final SecureRandom random = new SecureRandom();

  /**
   * A lab that may be up or not.
   *
   * @param folder everything of it is there
   * @param root where the {@code meikyo} command is
   * @param says takes what there is to say
   */
  public Lab(Path folder, Path root, Consumer<Notice> says, Progress progress) {
    this.folder = new LabFolder(folder);
    this.root = root;
    this.says = says;
    this.progress = progress;
  }

  /** A name that no lab in another folder has. */
  public String name() {
    return folder.prefix();
  }

  /** Facts about a server's mirror disk, as its agent tells them. */
  public record ServerView(String name, boolean on, Map<String, String> facts) {
    /** One fact; empty if it is not known. */
    public String fact(String name) {
      return facts.getOrDefault(name, "");
    }
  }

  // ---- up and down

  /**
   * Mirror agents only, and who keeps their deciding record; server1 is made the active one.
   *
   * @param servers number of servers
   * @param bytes size of the mirror disk
   * @param fileSystem with a block device, and ext4 on it at /srv/md1 of server1
   */
  public void up(int servers, long bytes, boolean fileSystem)
      throws LabProblem, IOException, InterruptedException {
    up(LabPlan.Wish.raw(servers, bytes, fileSystem));
  }

  /**
   * Builds everything and starts it. What an earlier run left under this folder is removed first.
   * Returns when both replicas are in sync and, with a cluster, its group is online on server1.
   */
  public void up(LabPlan.Wish wish) throws LabProblem, IOException, InterruptedException {
    needRoot();
    Shell.need("ip", "unshare", "nsenter", "mount", "setsid", "cp");
    if (Files.exists(folder.path())) {
      down();
      says.accept(Notice.of(LabNotice.CLEANED, folder.path()));
    }
    LabPlan plan = LabPlan.fresh(wish);
    Files.createDirectories(folder.path());
    long free = Files.getFileStore(folder.path()).getUsableSpace();
    long wanted = plan.servers() * (plan.bytes() + plan.bytes() / 8) + (64L << 20);
    if (free < wanted) {
      throw new LabProblem(LabNotice.NO_ROOM, folder.path(), free, wanted);
    }
    folder.write(plan);
    new LabCommands(folder, root).install();
    new LabNet(folder, plan).make();
    for (int s = 1; s <= plan.servers(); s++) {
      server(plan, s).install();
      disk(plan, s).make(random.nextLong(), progress);
    }
    if (plan.cluster()) {
      startCluster(plan);
    } else {
      startAgents(plan);
    }
  }

  private void startAgents(LabPlan plan) throws LabProblem, IOException, InterruptedException {
    startRecords(new LabNet(folder, plan));
    powerOnAll(plan);
    activate("server1", true);
    awaitInSync("server1", SYNC_SECONDS);
    if (plan.fileSystem()) {
      run("server1", "mkfs.ext4", "-q", "-F", "/run/meikyo/md1");
      run("server1", "mount", "/run/meikyo/md1", "/srv/md1");
      says.accept(Notice.of(LabNotice.MOUNTED, "server1", "/srv/md1"));
    }
    says.accept(Notice.of(LabNotice.UP, plan.servers(), LabPlan.MIRROR, "server1"));
  }

  private void startCluster(LabPlan plan) throws LabProblem, IOException, InterruptedException {
    if (plan.fileSystem()) {
      disk(plan, 1).format();
    }
    LabServer witness = server(plan, LabPlan.WITNESS_NUMBER);
    witness.install();
    if (!plan.hasVotingWitness()) {
      witness.powerOn(disk(plan, LabPlan.WITNESS_NUMBER));
    }
    LabCluster cluster = cluster();
    cluster.found();
    server(plan, 1).powerOn(disk(plan, 1));
    cluster.awaitAnswer("server1", START_SECONDS);
    for (String name : plan.voters()) {
      if (!name.equals("server1")) {
        cluster.join(name);
        LabServer server = server(plan, plan.number(name));
        server.powerOn(disk(plan, server.number()));
      }
    }
    cluster.awaitAll(ONLINE_SECONDS);
    cluster.awaitOnline("server1", ONLINE_SECONDS);
    awaitInSync("server1", SYNC_SECONDS);
    awaitReconciled("server1", SYNC_SECONDS);
    says.accept(Notice.of(LabNotice.CLUSTER_UP, plan.servers(), LabCluster.GROUP, "server1"));
  }

  private void powerOnAll(LabPlan plan) throws LabProblem, IOException, InterruptedException {
    for (int s = 1; s <= plan.servers(); s++) {
      server(plan, s).powerOn(disk(plan, s));
    }
    for (int s = 1; s <= plan.servers(); s++) {
      awaitAgent(server(plan, s));
    }
  }

  /** Its cluster. */
  public LabCluster cluster() throws LabProblem, IOException {
    return new LabCluster(folder, folder.plan());
  }

  private static void needRoot() throws LabProblem {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new LabProblem(LabNotice.NOT_ROOT);
    }
  }

  private void startRecords(LabNet net) throws LabProblem, IOException, InterruptedException {
    Path home = folder.witness();
    Files.createDirectories(home);
    Path log = home.resolve("record.log");
    Process process =
        Shell.start(
            log,
            List.of(
                "setsid",
                "nsenter",
                "--net=" + LabNet.path(net.of(LabPlan.WITNESS_NUMBER)),
                folder.command().toString(),
                "record",
                "--folder",
                home.resolve("records").toString(),
                "--listen",
                LabNet.witnessAddress() + ":7700"));
    Files.writeString(
        home.resolve("record.pid"), Long.toString(process.pid()), StandardCharsets.US_ASCII);
    Wait.until(
        () -> Files.readString(log, StandardCharsets.UTF_8).contains("keeps records"),
        START_SECONDS,
        "the keeper of the record starts",
        log);
  }

  /** Ends everything and removes every trace of it. */
  public void down() throws LabProblem, IOException, InterruptedException {
    needRoot();
    LabPlan any =
        folder.isUp()
            ? folder.plan()
            : LabPlan.fresh(LabPlan.Wish.raw(LabPlan.SERVERS_MAX, 0, false));
    for (int s = 1; s <= LabPlan.WITNESS_NUMBER; s++) {
      LabServer server = server(any, s);
      if (server.isOn()) {
        server.awaitEnd(server.strike());
      } else {
        server.awaitLastEnd();
      }
    }
    for (int s = 1; s <= LabPlan.SERVERS_MAX; s++) {
      if (Files.exists(folder.server(s))) {
        disk(any, s).off();
      }
    }
    stopRecords();
    new LabNet(folder, any).remove();
    if (Files.exists(folder.path())) {
      try (Stream<Path> all = Files.walk(folder.path())) {
        for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(p);
        }
      }
    }
    says.accept(Notice.of(LabNotice.DOWN));
  }

  private void stopRecords() throws IOException, LabProblem, InterruptedException {
    Path file = folder.witness().resolve("record.pid");
    if (!Files.exists(file)) {
      return;
    }
    int pid = Integer.parseInt(Files.readString(file, StandardCharsets.US_ASCII).strip());
    Path command = Path.of("/proc/" + pid + "/cmdline");
    if (Files.exists(command)
        && Files.readString(command, StandardCharsets.UTF_8).contains(folder.path().toString())) {
      Processes.kill(pid, Processes.SIGTERM);
      Wait.until(
          () -> !Files.exists(command), START_SECONDS, "the keeper of the record ends", file);
    }
  }

  private LabServer server(LabPlan plan, int number) {
    return new LabServer(folder, plan, new LabNet(folder, plan), number);
  }

  private LabServer server(String name) throws LabProblem, IOException {
    LabPlan plan = folder.plan();
    return server(plan, plan.number(name));
  }

  private LabDisk disk(LabPlan plan, int number) {
    return new LabDisk(folder, plan, number);
  }

  /** What the processes of a server cost, by service. */
  public Map<String, LabCost> costs(String name) throws LabProblem, IOException {
    LabServer server = server(name);
    return LabCosts.of(folder.server(server.number()).resolve("run"), server.init());
  }

  // ---- commands on servers

  /** Runs a command on a server, with our own standard streams; returns its exit status. */
  public int exec(String name, List<String> command)
      throws LabProblem, IOException, InterruptedException {
    List<String> all = server(name).enter();
    all.addAll(command);
    return Shell.through(all);
  }

  /** Runs a command on a server that must succeed; returns what it printed. */
  public String run(String name, String... command)
      throws LabProblem, IOException, InterruptedException {
    List<String> all = server(name).enter();
    all.addAll(List.of(command));
    return Shell.run(all.toArray(String[]::new));
  }

  /** The words before a command that is to run on a server. */
  public List<String> enter(String name) throws LabProblem, IOException {
    return server(name).enter();
  }

  /** The words before a command that is to run on the LAN, outside of the servers. */
  public List<String> enterLan() throws LabProblem, IOException {
    LabPlan plan = folder.plan();
    return new ArrayList<>(
        List.of("nsenter", "--net=" + LabNet.path(new LabNet(folder, plan).lan())));
  }

  /** Network namespace of a machine, or of the LAN with its clients: {@code lan}. */
  public Path network(String where) throws LabProblem, IOException {
    LabPlan plan = folder.plan();
    LabNet net = new LabNet(folder, plan);
    return Path.of(LabNet.path(where.equals("lan") ? net.lan() : net.of(plan.number(where))));
  }

  /** Asks the agent of a server. */
  public ControlClient.Result ask(String name, String... words) throws LabProblem, IOException {
    StringBuilder said = new StringBuilder();
    ControlClient.Result result =
        ControlClient.ask(
            server(name).agent(),
            "en",
            List.of(words),
            new ControlClient.Listener() {
              @Override
              public void error(String text) {
                said.append(text).append('\n');
              }
            });
    if (result.status() != 0) {
      throw new LabProblem(
          LabNotice.COMMAND_FAILED,
          name + ": " + String.join(" ", words),
          result.status(),
          said.toString().strip());
    }
    return result;
  }

  /** Makes a server the active one. */
  public void activate(String name, boolean force) throws LabProblem, IOException {
    if (force) {
      ask(name, "mirror.activate", LabPlan.MIRROR, "force");
    } else {
      ask(name, "mirror.activate", LabPlan.MIRROR);
    }
  }

  private void awaitAgent(LabServer server) throws LabProblem, InterruptedException {
    Wait.until(
        () -> {
          int status =
              ControlClient.ask(
                      server.agent(),
                      "en",
                      List.of("mirror.status", LabPlan.MIRROR),
                      new ControlClient.Listener() {})
                  .status();
          return status == 0 || server.isInRestore();
        },
        START_SECONDS,
        server.name() + " starts its agent",
        server.agentLog());
  }

  /** Waits until every replica that is switched on is in sync, as the active sees it. */
  public void awaitInSync(String active, long seconds)
      throws LabProblem, IOException, InterruptedException {
    LabPlan plan = folder.plan();
    List<String> on = new ArrayList<>();
    for (String name : plan.names()) {
      if (server(plan, plan.number(name)).isOn()) {
        on.add(name);
      }
    }
    String wanted = String.join(", ", on);
    Wait.until(
        () ->
            ask(active, "mirror.status", LabPlan.MIRROR)
                .facts()
                .getOrDefault("inSync", "")
                .equals(wanted),
        seconds,
        wanted + " are in sync",
        server(active).agentLog());
  }

  /**
   * Waits until nothing is left to be compared either: a replica whose agent was restarted is in
   * sync, but what was in flight then is looked at once more.
   */
  public void awaitReconciled(String active, long seconds)
      throws LabProblem, IOException, InterruptedException {
    Wait.until(
        () ->
            ask(active, "mirror.status", LabPlan.MIRROR).facts().entrySet().stream()
                .filter(fact -> fact.getKey().endsWith(".dirtyChunks"))
                .allMatch(fact -> fact.getValue().equals("0")),
        seconds,
        active + " has compared everything",
        server(active).agentLog());
  }

  /** What each server says of itself. */
  public List<ServerView> status() throws LabProblem, IOException {
    LabPlan plan = folder.plan();
    List<ServerView> all = new ArrayList<>();
    for (String name : plan.names()) {
      LabServer server = server(plan, plan.number(name));
      boolean on = server.isOn();
      Map<String, String> facts = on ? facts(name) : Map.of();
      if (on && facts.isEmpty()) {
        facts = Map.of("role", "NO AGENT");
      }
      all.add(new ServerView(name, on, facts));
    }
    return all;
  }

  /** What the agent of a server says of its mirror disk; empty if it does not answer now. */
  public Map<String, String> facts(String name) throws LabProblem, IOException {
    try {
      return ControlClient.ask(
              server(name).agent(),
              "en",
              List.of("mirror.status", LabPlan.MIRROR),
              new ControlClient.Listener() {})
          .facts();
    } catch (ControlClient.Lost | ControlClient.Silent | SocketException e) {
      return Map.of();
    }
  }

  /** True if it has power. */
  public boolean isOn(String name) throws LabProblem, IOException {
    return server(name).isOn();
  }

  /** The server whose replica is active. */
  public String active() throws LabProblem, IOException {
    for (ServerView view : status()) {
      if (view.fact("role").equals("ACTIVE")) {
        return view.name();
      }
    }
    throw new LabProblem(LabNotice.NO_SERVER, "(active)", "-");
  }

  /** An NBD address of the active, for a client on this machine. */
  public String nbd(String mirror) throws LabProblem, IOException {
    LabPlan.checkMirror(mirror);
    return "nbd+unix:///" + mirror + "?socket=" + server(active()).nbd();
  }

  /** Address of a server for clients on the LAN. */
  public String lanAddress(String name) throws LabProblem, IOException {
    return LabNet.lanAddress(folder.plan().number(name));
  }

  /** True if the device waits for a new agent when the agent dies. */
  public boolean outlivesAgent() throws LabProblem, IOException {
    return folder.plan().fileSystem();
  }

  /** Waits until the active replica is a block device. */
  public void awaitDevice(String name) throws LabProblem, IOException, InterruptedException {
    LabServer server = server(name);
    Wait.until(server::hasDevice, START_SECONDS, name + " has its device", server.agentLog());
  }

  /** Kills the agent of a server, whose service manager starts it again. */
  public void killAgent(String name) throws LabProblem, IOException, InterruptedException {
    killProcess(name, "agent");
  }

  /** Kills a service of a server, {@code service}, {@code agent} or {@code keeper}. */
  public void killProcess(String name, String service)
      throws LabProblem, IOException, InterruptedException {
    signal(name, service, "KILL");
  }

  /** Sends a signal to a service of a server. */
  public void signal(String name, String service, String signal)
      throws LabProblem, IOException, InterruptedException {
    run(name, "bash", "-c", "kill -" + signal + " $(cat /run/" + service + ".pid)");
  }

  /** Stops all processes of a server in their tracks, or lets them go on. */
  public void freeze(String name, boolean stop) throws LabProblem, IOException {
    server(name).freeze(stop);
  }

  /** How the agent of a server ended so far, a line each time; the exit status is the last word. */
  public List<String> agentEnds(String name) throws LabProblem, IOException {
    try (Stream<String> lines = Files.lines(server(name).agentLog(), StandardCharsets.UTF_8)) {
      return lines.filter(line -> line.contains(" agent ended with status ")).toList();
    }
  }

  // ---- hands

  /** Pulls the plugs, of all machines that are named at the same moment. */
  public void powerOff(List<String> names) throws LabProblem, IOException, InterruptedException {
    LabPlan plan = folder.plan();
    List<LabServer> servers = new ArrayList<>();
    for (String name : names) {
      LabServer server = server(plan, plan.number(name));
      if (!server.isOn()) {
        throw new LabProblem(LabNotice.IS_OFF, name);
      }
      servers.add(server);
    }
    List<Integer> processes = new ArrayList<>();
    for (LabServer server : servers) {
      processes.add(server.strike());
    }
    for (int i = 0; i < servers.size(); i++) {
      servers.get(i).awaitEnd(processes.get(i));
    }
    for (LabServer server : servers) {
      String lost = server.isWitness() ? "-" : disk(plan, server.number()).off();
      says.accept(Notice.of(LabNotice.POWERED_OFF, server.name(), lost));
    }
  }

  /** Switches a server on; returns when its agent answers. */
  public void powerOn(String name) throws LabProblem, IOException, InterruptedException {
    LabPlan plan = folder.plan();
    LabServer server = server(plan, plan.number(name));
    server.powerOn(disk(plan, server.number()));
    if (!server.isWitness()) {
      awaitAgent(server);
    }
    says.accept(Notice.of(LabNotice.POWERED_ON, name));
  }

  /** Cuts, heals or slows all that is between two machines. */
  public void net(String what, String a, String b)
      throws LabProblem, IOException, InterruptedException {
    net(what, a, b, Between.ALL);
  }

  /** What of the ways between machines is meant. */
  public enum Between {
    /** The cable between two servers, and the way between them over the LAN. */
    ALL,
    /** Only the cable. */
    CABLE
  }

  /**
   * Cuts, heals or slows what is between two machines.
   *
   * @param b a machine, or {@code lan}: the whole LAN
   */
  public void net(String what, String a, String b, Between ways)
      throws LabProblem, IOException, InterruptedException {
    new LabNet(folder, folder.plan()).hand(what, a, b, ways);
  }

  /** The disks of its servers. */
  public LabImages images() {
    return new LabImages(folder, says);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.SetRecord;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What each command does to the replicated state, and when it is refused. Pure and the same on
 * every member. Law 4 stands here: {@link Command.TakeOver} and {@link Command.DecideSet} promote
 * only replicas that are in sync, or on the operator's word.
 */
public final class Rules {
  private Rules() {}

  /** The next state, and what to tell the proposer. */
  public record Step(ClusterState state, Verdict verdict) {}

  /** Applies one proposal. */
  public static Step apply(ClusterState before, Proposal p) {
    Done done = before.done().getOrDefault(p.proposer(), new Done(p.life(), new TreeMap<>()));
    if (p.life() < done.life()) {
      return no(before, ClusterNotice.FORMER_LIFE, p.proposer());
    }
    Done mine = p.life() == done.life() ? done : new Done(p.life(), new TreeMap<>());
    Verdict former = mine.verdicts().get(p.number());
    if (former != null) {
      return new Step(before, former);
    }
    if (mine.forgot(p.number())) {
      return no(before, ClusterNotice.TOO_OLD, p.proposer(), p.number());
    }
    Step step = step(before, p);
    if (!step.state().founded() || p.command() instanceof Command.Import) {
      // An import brings the memory of the parent along; it is idempotent by the parent's id.
      return step;
    }
    SortedMap<String, Done> memory = new TreeMap<>(step.state().done());
    memory.put(p.proposer(), mine.with(p.number(), step.verdict()));
    boolean changed = step.verdict().taken() && !(p.command() instanceof Command.Noop);
    long version = step.state().version() + (changed ? 1 : 0);
    return new Step(step.state().withDone(memory, version), step.verdict());
  }

  private static Step step(ClusterState s, Proposal p) {
    if (!s.founded()) {
      return switch (p.command()) {
        case Command.Found c -> found(s, c);
        case Command.Import c -> Succession.imported(s, c);
        default -> no(s, ClusterNotice.NOT_FOUNDED);
      };
    }
    return switch (p.command()) {
      case Command.Found c -> no(s, ClusterNotice.FOUNDED_ALREADY, s.clusterId());
      case Command.Import c -> Succession.imported(s, c);
      case Command.Noop c -> yes(s);
      case Command.Admit c -> admit(s, c);
      case Command.Expel c -> expel(s, c);
      case Command.Running c -> running(s, p.proposer(), c);
      case Command.Leave c -> leave(s, p.proposer());
      case Command.PutConfig c -> putConfig(s, c);
      case Command.ConfigApplied c -> configApplied(s, p.proposer(), c);
      case Command.SetStartMode c -> startMode(s, c);
      case Command.Suspend c ->
          yes(
              s.withSuspension(
                  c.on() ? new Suspension(true, c.by(), p.atMillis()) : Suspension.OFF));
      case Command.BeginBackup c -> BackupRules.begin(s, p, c);
      case Command.BackupStands c -> BackupRules.stands(s, p, c);
      case Command.EndBackup c -> BackupRules.end(s, c);
      case Command.ForgetVoid c -> BackupRules.forget(s);
      case Command.BeginOffline c -> BackupRules.beginOffline(s, p, c);
      case Command.EndOffline c -> BackupRules.endOffline(s, c);
      case Command.DecideSet c -> decide(s, p.proposer(), c);
      case Command.Force c -> force(s, p, c);
      case Command.Take c -> take(s, p.proposer(), c);
      case Command.TakeOver c -> takeOver(s, p.proposer(), c);
      case Command.Release c -> release(s, p, c);
      case Command.Report c -> report(s, p.proposer(), c);
      case Command.Want c -> want(s, c);
      case Command.WantResource c -> wantResource(s, c);
      case Command.RestMonitors c -> restMonitors(s, c);
      case Command.GiveUp c -> Succession.giveUp(s, p.proposer(), c);
    };
  }

  static Step yes(ClusterState next) {
    return new Step(next, Verdict.done(ClusterNotice.DONE));
  }

  static Step no(ClusterState same, ClusterNotice why, Object... args) {
    return new Step(same, Verdict.refused(why, args));
  }

  // ---- the cluster and its members

  private static Step found(ClusterState s, Command.Found c) {
    ServerState first = ServerState.fresh(c.server(), MemberRole.SERVER, c.incarnation());
    return yes(s.withIdentity(c.clusterId(), List.of()).withServer(first));
  }

  private static Step admit(ClusterState s, Command.Admit c) {
    ServerState known = s.server(c.server());
    if (known == null) {
      return yes(s.withServer(ServerState.fresh(c.server(), c.role(), c.incarnation())));
    }
    return yes(s.withServer(known.withIncarnation(c.incarnation())));
  }

  private static Step expel(ClusterState s, Command.Expel c) {
    if (s.server(c.server()) == null) {
      return no(s, ClusterNotice.UNKNOWN_SERVER, c.server());
    }
    for (GroupState g : s.groups().values()) {
      if (g.deposed().containsKey(c.server())) {
        // Who counts the end of its lease counts for members only.
        return no(s, ClusterNotice.LEASE_OPEN, c.server(), g.name());
      }
    }
    GroupState owned = ownedBy(s, c.server());
    BackupMode backup = s.backup();
    return owned == null
        ? yes(
            s.withoutServer(c.server())
                .withBackup(backup.offline() ? backup.without(c.server()) : backup))
        : no(s, ClusterNotice.OWNS_GROUPS, c.server(), owned.name());
  }

  private static Step running(ClusterState s, String server, Command.Running c) {
    ServerState known = s.server(server);
    if (known == null) {
      return no(s, ClusterNotice.UNKNOWN_SERVER, server);
    }
    GroupState owned = ownedBy(s, server);
    if (!c.running() && owned != null) {
      return no(s, ClusterNotice.OWNS_GROUPS, server, owned.name());
    }
    return yes(s.withServer(known.withRunning(c.running(), false)));
  }

  private static Step leave(ClusterState s, String server) {
    ServerState known = s.server(server);
    if (known == null) {
      return no(s, ClusterNotice.UNKNOWN_SERVER, server);
    }
    GroupState owned = ownedBy(s, server);
    return owned == null
        ? yes(s.withServer(known.withRunning(false, true)))
        : no(s, ClusterNotice.OWNS_GROUPS, server, owned.name());
  }

  private static @Nullable GroupState ownedBy(ClusterState s, String server) {
    return s.groups().values().stream().filter(g -> g.ownedBy(server)).findFirst().orElse(null);
  }

  private static Step startMode(ClusterState s, Command.SetStartMode c) {
    if (s.backup().on()) {
      return no(s, ClusterNotice.BACKUP_ON, s.backup().by(), s.backup().server());
    }
    ClusterState next = s;
    for (String name : c.servers()) {
      ServerState known = s.server(name);
      if (known == null) {
        return no(s, ClusterNotice.UNKNOWN_SERVER, name);
      }
      next = next.withServer(known.withStartMode(c.mode()));
      if (next.backup().offline()) {
        next = next.withBackup(next.backup().without(name));
      }
    }
    return yes(next);
  }

  // ---- configuration

  private static Step putConfig(ClusterState s, Command.PutConfig c) {
    if (s.config().version() != c.expected() || c.next().version() != c.expected() + 1) {
      return no(s, ClusterNotice.CONFIG_OVERTAKEN, c.expected(), s.config().version());
    }
    for (GroupState g : s.groups().values()) {
      if (g.owner() != null && !c.next().groups().containsKey(g.name())) {
        return no(s, ClusterNotice.CONFIG_IN_USE, g.name(), g.owner());
      }
    }
    TreeMap<String, GroupState> groups = new TreeMap<>();
    c.next()
        .groups()
        .forEach((name, facts) -> {
          GroupState known = s.groups().get(name);
          groups.put(name, known == null ? GroupState.fresh(name, facts.autoStart()) : known);
        });
    TreeMap<String, DiskState> disks = new TreeMap<>();
    for (Map.Entry<String, ConfigState.DiskFacts> e : c.next().disks().entrySet()) {
      DiskState known = s.disks().get(e.getKey());
      UUID id = e.getValue().diskId();
      boolean same = known != null && known.diskId().equals(id);
      SetRecord first = SetRecord.initial(ClusterState.authority(s.group()));
      disks.put(e.getKey(), same ? known : new DiskState(e.getKey(), id, first, null));
    }
    return yes(s.withConfig(c.next()).withGroups(groups).withDisks(disks));
  }

  private static Step configApplied(ClusterState s, String server, Command.ConfigApplied c) {
    ServerState known = s.server(server);
    return known == null
        ? no(s, ClusterNotice.UNKNOWN_SERVER, server)
        : yes(s.withServer(known.withConfig(c.version())));
  }

  // ---- mirror disks

  private static Step decide(ClusterState s, String proposer, Command.DecideSet c) {
    DiskState disk = s.disks().get(c.disk());
    ConfigState.DiskFacts facts = s.config().disks().get(c.disk());
    if (disk == null || facts == null) {
      return no(s, ClusterNotice.UNKNOWN_DISK, c.disk());
    }
    SetRecord now = disk.record();
    SetRecord next = c.next();
    if (next.groupId() != now.groupId()) {
      return no(s, ClusterNotice.SET_OTHER_GROUP, c.disk());
    }
    if (next.version() == now.version() && next.proposalId() == now.proposalId()) {
      return yes(s);
    }
    if (next.version() != now.version() + 1) {
      return no(s, ClusterNotice.SET_OVERTAKEN, c.disk(), now.version());
    }
    boolean moved = next.active() != now.active();
    boolean regrouped = next.inSyncMask() != now.inSyncMask();
    boolean sameEpoch = next.epoch() == now.epoch() && !moved && !regrouped;
    if (next.epoch() != now.epoch() + 1 && !sameEpoch) {
      return no(s, ClusterNotice.SET_WRONG_EPOCH, c.disk(), now.epoch());
    }
    int proposing = facts.replicaOf(proposer);
    if (RestoredPair.is(now, next)) {
      return paired(s, proposer, disk, facts, next);
    }
    if (next.active() == proposing && proposing >= 0 && next.epoch() != now.epoch() && moved) {
      return promoted(s, proposer, disk, facts, next);
    }
    boolean resumes = next.active() == proposing && !moved;
    boolean rests = moved && next.active() < 0 && now.active() == proposing;
    if (proposing < 0 || (!resumes && !rests)) {
      return no(s, ClusterNotice.SET_NOT_ACTIVE, c.disk(), proposer);
    }
    GroupState group = groupOf(s, c.disk());
    if (resumes && group != null && group.owner() != null && !group.ownedBy(proposer)) {
      // Deposed: it may not write the new owner out of the set.
      return no(s, ClusterNotice.SET_NOT_OWNER, c.disk(), proposer, group.name(), group.owner());
    }
    if (resumes && !keepsItself(now, next, proposing) && !forcedFor(disk, proposer)) {
      return no(s, ClusterNotice.SET_NOT_IN_SYNC, c.disk(), proposer);
    }
    return yes(s.withDisk(disk.decided(next)));
  }

  /**
   * Restored images of one cut become the set together (rule R13), when each of them has asked for
   * the very same: then no replica holds anything else, whatever the record said before.
   */
  private static Step paired(
      ClusterState s,
      String proposer,
      DiskState disk,
      ConfigState.DiskFacts facts,
      SetRecord next) {
    int replica = facts.replicaOf(proposer);
    int all = (1 << facts.replicas().size()) - 1;
    boolean whole = next.inSyncMask() == all && facts.replicas().size() > 1;
    if (replica < 0 || !whole || next.holdId() != 0) {
      return no(s, ClusterNotice.SET_NOT_ACTIVE, disk.name(), proposer);
    }
    if (next.epoch() != disk.record().epoch() + 1) {
      return no(s, ClusterNotice.SET_WRONG_EPOCH, disk.name(), disk.record().epoch());
    }
    DiskState asked = disk.asked(next, replica);
    DiskState.Pairing pairing = asked.pairing();
    return pairing != null && pairing.whole()
        ? yes(s.withDisk(disk.decided(next)))
        : new Step(
            s.withDisk(asked), Verdict.done(ClusterNotice.SET_WAITS_FOR_OTHERS, disk.name()));
  }

  /** The active never writes itself into a set that it is not in. */
  private static boolean keepsItself(SetRecord now, SetRecord next, int replica) {
    return now.inSync(replica) || !next.inSync(replica);
  }

  private static @Nullable GroupState groupOf(ClusterState s, String disk) {
    String name = s.config().groupOf(disk);
    return name == null ? null : s.groups().get(name);
  }

  private static boolean forcedFor(DiskState disk, String server) {
    DiskState.Forced word = disk.forced();
    return word != null && word.server().equals(server);
  }

  /** Law 4: only in-sync replicas are promoted, or by the operator's word. */
  private static Step promoted(
      ClusterState s,
      String proposer,
      DiskState disk,
      ConfigState.DiskFacts facts,
      SetRecord next) {
    String name = disk.name();
    GroupState group = groupOf(s, name);
    boolean seals = group != null && BackupRules.maySeal(s, group, proposer);
    if (group != null && !group.ownedBy(proposer) && !forcedFor(disk, proposer) && !seals) {
      String owner = group.owner() == null ? "-" : group.owner();
      return no(s, ClusterNotice.SET_NOT_OWNER, name, proposer, group.name(), owner);
    }
    boolean may = ClusterState.mayLead(disk.record(), facts.replicaOf(proposer));
    if (!may && !forcedFor(disk, proposer)) {
      return no(s, ClusterNotice.SET_NOT_IN_SYNC, name, proposer);
    }
    return yes(s.withDisk(disk.decided(next)));
  }

  private static Step force(ClusterState s, Proposal p, Command.Force c) {
    DiskState disk = s.disks().get(c.disk());
    if (disk == null) {
      return no(s, ClusterNotice.UNKNOWN_DISK, c.disk());
    }
    if (disk.record().version() != c.version()) {
      return no(s, ClusterNotice.SET_OVERTAKEN, c.disk(), disk.record().version());
    }
    return yes(
        s.withDisk(
            disk.forcedBy(new DiskState.Forced(c.server(), c.by(), p.atMillis(), c.version()))));
  }

  // ---- groups

  private static @Nullable Step refusedOwner(ClusterState s, GroupState g, String server) {
    ConfigState.GroupFacts facts = s.config().groups().get(g.name());
    ServerState known = s.server(server);
    if (facts == null || !facts.servers().contains(server)) {
      return no(s, ClusterNotice.GROUP_NOT_HERE, g.name(), server);
    }
    if (known == null || !known.running()) {
      return no(s, ClusterNotice.SERVER_NOT_RUNNING, server);
    }
    if (!g.wanted()) {
      return no(s, ClusterNotice.GROUP_NOT_WANTED, g.name());
    }
    return s.inSync(g.name(), server)
        ? null
        : no(s, ClusterNotice.GROUP_NOT_IN_SYNC, g.name(), server);
  }

  private static Step take(ClusterState s, String server, Command.Take c) {
    GroupState g = s.groups().get(c.group());
    if (g == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    if (g.epoch() != c.epoch()) {
      return no(s, ClusterNotice.GROUP_OVERTAKEN, g.name(), g.epoch());
    }
    boolean keeps = g.ownedBy(server);
    if (g.owner() != null && !keeps) {
      return no(s, ClusterNotice.GROUP_HAS_OWNER, g.name(), g.owner());
    }
    if (s.atRest() && c.why() != Reason.OPERATOR && !keeps) {
      return no(s, ClusterNotice.AT_REST, restBy(s));
    }
    Step refused = refusedOwner(s, g, server);
    return refused != null ? refused : yes(s.withGroup(g.owned(server, c.why())));
  }

  private static String restBy(ClusterState s) {
    return s.suspension().on() ? s.suspension().by() : s.backup().by();
  }

  /** The owner's leases are void from here on: it must see itself deposed before it does more. */
  private static Step takeOver(ClusterState s, String server, Command.TakeOver c) {
    GroupState g = s.groups().get(c.group());
    if (g == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    if (g.epoch() != c.epoch()) {
      return no(s, ClusterNotice.GROUP_OVERTAKEN, g.name(), g.epoch());
    }
    if (!g.ownedBy(c.from()) || c.from().equals(server)) {
      return no(s, ClusterNotice.GROUP_NOT_OWNED, g.name(), c.from());
    }
    ServerState owner = s.server(c.from());
    if (owner == null || owner.leaseEpoch() != c.leaseEpoch()) {
      return no(s, ClusterNotice.LEASE_OVERTAKEN, c.from());
    }
    if (s.atRest() && c.why() != Reason.OPERATOR) {
      return no(s, ClusterNotice.AT_REST, restBy(s));
    }
    Step refused = refusedOwner(s, g, server);
    if (refused != null) {
      return refused;
    }
    ClusterState deposed = s.withServer(owner.deposed());
    GroupState taken = g.takenFrom(c.from(), c.leaseEpoch()).owned(server, c.why());
    return yes(deposed.withGroup(taken));
  }

  private static Step release(ClusterState s, Proposal p, Command.Release c) {
    String server = p.proposer();
    GroupState g = s.groups().get(c.group());
    if (g == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    if (g.epoch() != c.epoch() || !g.ownedBy(server)) {
      return no(s, ClusterNotice.GROUP_NOT_OWNED, g.name(), server);
    }
    boolean byWord = c.why() == Reason.OPERATOR || c.why() == Reason.SERVER_STOPS;
    if (s.atRest() && !byWord) {
      // Proposed before it was known here: the group stays where it is.
      return no(s, ClusterNotice.AT_REST, restBy(s));
    }
    GroupState freed = c.failed() ? g.failed(server, p.atMillis()) : g;
    String next = c.next() == null ? freed.target() : c.next();
    return yes(s.withGroup(freed.released(next, c.why())));
  }

  private static Step report(ClusterState s, String server, Command.Report c) {
    GroupState g = s.groups().get(c.group());
    if (g == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    if (g.epoch() != c.epoch() || !g.ownedBy(server)) {
      return no(s, ClusterNotice.GROUP_NOT_OWNED, g.name(), server);
    }
    return yes(s.withGroup(g.in(c.phase(), c.why())));
  }

  private static Step want(ClusterState s, Command.Want c) {
    GroupState g = s.groups().get(c.group());
    ConfigState.GroupFacts facts = s.config().groups().get(c.group());
    if (g == null || facts == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    if (c.where() != null && !facts.servers().contains(c.where())) {
      return no(s, ClusterNotice.GROUP_NOT_HERE, c.group(), c.where());
    }
    if (c.where() != null && !g.ownedBy(c.where()) && !s.inSync(c.group(), c.where())) {
      return no(s, ClusterNotice.GROUP_NOT_IN_SYNC, c.group(), c.where());
    }
    return yes(s.withGroup(g.wish(c.run(), c.where(), Reason.OPERATOR)));
  }

  private static Step wantResource(ClusterState s, Command.WantResource c) {
    GroupState g = s.groups().get(c.group());
    if (g == null) {
      return no(s, ClusterNotice.UNKNOWN_GROUP, c.group());
    }
    return g.owner() == null || !g.wanted()
        ? no(s, ClusterNotice.GROUP_STOPPED, c.group())
        : yes(s.withGroup(g.wish(c.resource(), c.run())));
  }

  private static Step restMonitors(ClusterState s, Command.RestMonitors c) {
    ClusterState next = s;
    for (String name : c.servers()) {
      ServerState known = s.server(name);
      if (known == null) {
        return no(s, ClusterNotice.UNKNOWN_SERVER, name);
      }
      TreeSet<String> quiet = new TreeSet<>(known.quiet());
      if (c.rest()) {
        quiet.addAll(c.monitors());
      } else {
        quiet.removeAll(c.monitors());
      }
      next = next.withServer(known.withQuiet(quiet));
    }
    return yes(next);
  }
}

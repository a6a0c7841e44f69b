// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.agent.mirror.MirrorAgentNotice;
import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.FollowView;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is shown of a mirror disk: taken on its loop, written on any thread. */
final class MirrorView {
  private static final String INDENT = "  ";
  private static final long SECOND = 1_000_000_000L;

  private final MirrorSpec spec;
  private final MirrorStatus status;
  private final FollowView following;
  private final boolean recordHeard;
  private final boolean imageWaits;
  private final String recordMode;
  private final String recordWhere;
  private final Notice recordView;
  private final boolean recordForeign;
  private final boolean encrypted;
  private final String carried;
  private final long bytes;
  private final long now;
  private final long wallMillis = System.currentTimeMillis();
  private final Map<String, String> fronts;
  private final Map<Integer, @Nullable String> paths = new LinkedHashMap<>();
  private final Map<Integer, @Nullable String> troubles = new LinkedHashMap<>();

  private MirrorView(MirrorHandle mirror) {
    MirrorDisk disk = mirror.disk();
    spec = disk.spec();
    status = disk.status();
    following = disk.following();
    recordHeard = disk.record().connected();
    imageWaits = disk.imageWaits();
    recordMode = disk.record().mode();
    recordWhere = disk.record().where();
    recordView = disk.record().view();
    recordForeign = disk.foreignRecord();
    encrypted = disk.links().areEncrypted();
    carried = disk.carried().mark();
    bytes = disk.geometry().blocks() * disk.geometry().blockSize();
    now = mirror.loop().nanos();
    fronts = mirror.fronts().get();
    for (int peer : spec.peers().keySet()) {
      paths.put(peer, disk.links().pathOf(peer));
      troubles.put(
          peer, disk.links().isDisconnected(peer) ? "disconnected" : disk.links().troubleOf(peer));
    }
  }

  static MirrorView of(MirrorHandle mirror) {
    return new MirrorView(mirror);
  }

  void write(ControlOutput out) throws IOException {
    out.view(
        "",
        Notice.of(
            ControlNotice.STATUS,
            spec.name(),
            spec.serverName(spec.identity().replica()),
            status.role(),
            status.epoch(),
            set(status.record())));
    out.view(
        INDENT,
        Notice.of(
            ControlNotice.STATUS_SELF,
            status.condition(),
            Long.toHexString(status.generation()),
            status.stamp()));
    for (MirrorStatus.Peer p : status.peers()) {
      out.view(INDENT, peer(p));
    }
    if (status.requestsWaiting() > 0 || status.writesInFlight() > 0) {
      out.view(
          INDENT,
          Notice.of(
              ControlNotice.STATUS_REQUESTS,
              status.writesInFlight(),
              status.requestsWaiting(),
              status.waitingFor()));
    }
    if (status.hold() != HoldState.NONE) {
      out.view(
          INDENT,
          Notice.of(
              ControlNotice.STATUS_HOLD,
              status.hold(),
              Long.toHexString(status.holdId()),
              Math.max(0, (status.holdDeadlineNanos() - now) / SECOND)));
    }
    backup(out);
    if (!encrypted && !spec.peers().isEmpty()) {
      out.view(INDENT, Notice.of(ControlNotice.STATUS_NOT_ENCRYPTED));
    }
    for (Map.Entry<String, String> e : fronts.entrySet()) {
      out.view(INDENT, Notice.of(ControlNotice.STATUS_DEVICE, e.getKey(), e.getValue()));
    }
    out.view(
        INDENT,
        recordForeign
            ? Notice.of(MirrorAgentNotice.RECORD_FOREIGN, spec.name(), recordWhere)
            : recordView);
    out.facts(facts());
  }

  /** Backup mode, as long as it stands or its flag is up; and an image that waits. */
  private void backup(ControlOutput out) throws IOException {
    if (status.holdOfBackup()) {
      long age = Math.max(0, wallMillis - status.backup().beganAtMillis()) / 1000;
      out.view(
          INDENT,
          Notice.of(
              ControlNotice.STATUS_BACKUP,
              status.backup().flagOn() ? "ON" : "OFF",
              cut(status.cut()),
              status.backup().flagOn() ? age : 0,
              millisLeft() / 1000));
    } else if (status.backup().flagOn()) {
      out.view(INDENT, Notice.of(ControlNotice.STATUS_FLAG, cut(status.cut())));
    } else if (status.cut().status() != CutStatus.NONE) {
      out.view(INDENT, Notice.of(ControlNotice.STATUS_CUT, cut(status.cut())));
    }
  }

  private static String cut(CutRecord cut) {
    return cut.cutId() == 0 ? "-" : Long.toHexString(cut.cutId()) + " " + cut.status();
  }

  private long millisLeft() {
    return status.hold() == HoldState.NONE
        ? 0
        : Math.max(0, (status.holdDeadlineNanos() - now) / 1_000_000);
  }

  /** For programs that ask again and again: nothing for people, no JSON. */
  void writeFacts(ControlOutput out) throws IOException {
    out.names(facts());
  }

  private Notice peer(MirrorStatus.Peer p) {
    String server = spec.serverName(p.replica());
    if (!p.connected()) {
      String why = troubles.get(p.replica());
      return Notice.of(
          ControlNotice.STATUS_PEER_GONE, server, why == null ? "-" : why, p.dirtyChunks());
    }
    String path = paths.get(p.replica());
    String over = path == null ? "-" : path;
    boolean leads = status.role() == Role.ACTIVE || status.role() == Role.DEMOTING;
    if (leads && p.mode() == FollowMode.BEHIND) {
      return Notice.of(
          ControlNotice.STATUS_PEER_BEHIND, server, over, p.lagBlocks(), p.lagNanos() / SECOND);
    }
    if (leads && p.mode() == FollowMode.NONE && !p.inSync()) {
      return Notice.of(ControlNotice.STATUS_PEER_APART, server, over, p.outcome(), p.dirtyChunks());
    }
    if (!leads) {
      return Notice.of(
          p.inSync() ? ControlNotice.STATUS_PEER_IN_SYNC : ControlNotice.STATUS_PEER, server, over);
    }
    if (p.dirtyChunks() > 0 || !p.inSync()) {
      return Notice.of(
          p.inSync() ? ControlNotice.STATUS_PEER_COMPARED : ControlNotice.STATUS_PEER_RECOVERS,
          server,
          over,
          p.dirtyChunks());
    }
    return Notice.of(ControlNotice.STATUS_PEER_IN_SYNC, server, over);
  }

  private String set(SetRecord record) {
    List<String> names = new ArrayList<>();
    spec.serverNames()
        .forEach((replica, name) -> {
          if (record.inSync(replica)) {
            names.add(name);
          }
        });
    names.sort(null);
    return names.isEmpty() ? "-" : String.join(", ", names);
  }

  private Map<String, Object> facts() {
    Map<String, Object> f = new LinkedHashMap<>();
    f.put("mirror", spec.name());
    f.put("server", spec.serverName(spec.identity().replica()));
    f.put("bytes", bytes);
    f.put("role", status.role().name());
    f.put("condition", status.condition().name());
    f.put("epoch", status.epoch());
    f.put("generation", Long.toHexString(status.generation()));
    f.put("stamp", status.stamp().toString());
    f.put("inSync", set(status.record()));
    f.put(
        "activeServer",
        status.record().active() < 0 ? "" : spec.serverName(status.record().active()));
    f.put("recordVersion", status.record().version());
    f.put("recordHeard", recordHeard);
    f.put("recordMode", recordMode);
    f.put("hold", status.hold().name());
    f.put("holdId", Long.toHexString(status.holdId()));
    f.put("holdMillisLeft", millisLeft());
    f.put("backupMode", status.holdOfBackup());
    f.put("flag", status.backup().flagOn());
    f.put("cut", Long.toHexString(status.cut().cutId()));
    f.put("cutStatus", status.cut().status().name());
    f.put("configuration", carried);
    f.put("restored", status.condition() == Condition.RESTORED);
    f.put("imageWaits", imageWaits);
    f.put("writesInFlight", status.writesInFlight());
    f.put("requestsWaiting", status.requestsWaiting());
    f.put("waitingFor", status.waitingFor().name());
    f.put("hotExtents", status.hotExtents());
    f.put("answered", following.answered());
    f.put("promisedAgoMillis", Math.floorDiv(following.promisedAgoNanos(), 1_000_000));
    Map<String, Object> peers = new LinkedHashMap<>();
    for (MirrorStatus.Peer p : status.peers()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("connected", p.connected());
      one.put("inSync", p.inSync());
      one.put("mode", p.mode().name());
      one.put("outcome", p.outcome().name());
      one.put("dirtyChunks", p.dirtyChunks());
      one.put("baseProven", p.baseProven());
      String path = paths.get(p.replica());
      one.put("path", path == null ? "" : path);
      peers.put(spec.serverName(p.replica()), one);
    }
    f.put("encrypted", encrypted);
    f.put("peers", peers);
    f.put("frontEnds", fronts);
    return f;
  }
}

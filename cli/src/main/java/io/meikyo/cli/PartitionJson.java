// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.InspectPartition;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cluster partition as JSON. Ids that are random numbers are hexadecimal text. */
final class PartitionJson {
  private PartitionJson() {}

  static Map<String, @Nullable Object> of(
      InspectPartition.Result result, PartitionCommand command) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("path", result.path().toString());
    map.put("bytes", result.bytes());
    map.put("readable", result.reading() instanceof PartitionReading.Loaded);
    if (result.reading() instanceof PartitionReading.Loaded loaded) {
      partition(loaded, map);
    }
    ConfigCopy config = result.config();
    if (config != null) {
      map.put(
          "configuration",
          map("version", config.version(), "bytes", config.configuration().length));
    }
    map.put(
        "findings",
        result.reading().findings().stream().map(f -> command.json(f.notice())).toList());
    return map;
  }

  private static Map<String, @Nullable Object> map(Object... pairs) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i].toString(), pairs[i + 1]);
    }
    return map;
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  private static void partition(PartitionReading.Loaded loaded, Map<String, @Nullable Object> map) {
    Superblock s = loaded.partition().superblock();
    Identity id = s.identity();
    map.put(
        "identity",
        map("clusterId", id.clusterId(), "diskId", id.diskId(), "replica", id.replica()));
    map.put("life", hex(loaded.written().life()));
    map.put("sequence", s.sequence());
    map.put("geometry", geometry(loaded));
    map.put("condition", s.condition().name());
    map.put("clean", s.clean());
    map.put("wasActive", s.wasActive());
    map.put("groupId", hex(s.groupId()));
    map.put("epoch", s.epoch());
    map.put("inSync", replicas(s.inSyncMask()));
    map.put("active", s.activeReplica() < 0 ? null : s.activeReplica());
    map.put("generations", generations(s.generations()));
    map.put("stamp", s.stamp().toString());
    map.put("stampPending", s.stampPending().toString());
    map.put("bootId", hex(s.bootId()));
    map.put("peers", peers(s));
    map.put("cut", cut(s));
    map.put("backup", backup(s));
    map.put(
        "log",
        map(
            "sequence",
            loaded.partition().log().sequence(),
            "hotExtents",
            loaded.partition().log().extents().length));
    map.put("maps", maps(loaded));
    map.put("changeMapPartial", s.changeMapPartial());
  }

  private static Map<String, @Nullable Object> geometry(PartitionReading.Loaded loaded) {
    var layout = loaded.written().layout();
    Geometry g = layout.geometry();
    return map(
        "bytes", layout.dataBytes(),
        "blockSize", g.blockSize(),
        "blocks", g.blocks(),
        "blocksPerChunk", g.blocksPerChunk(),
        "blocksPerExtent", g.blocksPerExtent(),
        "logExtents", g.logExtents(),
        "logSlots", layout.logSlots(),
        "replicas", replicas(layout.replicasMask()),
        "requiredBytes", layout.requiredBytes(),
        "memoryBytes", layout.memoryBytes());
  }

  private static List<Integer> replicas(int mask) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < Identity.REPLICAS_MAX; i++) {
      if ((mask & (1 << i)) != 0) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  private static List<String> generations(Generations g) {
    List<String> all = new ArrayList<>();
    all.add(hex(g.current()));
    for (int i = 0; i < g.size(); i++) {
      all.add(hex(g.ancestor(i)));
    }
    return all;
  }

  private static List<Object> peers(Superblock s) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < s.peers().size(); i++) {
      PeerSlot p = s.peers().get(i);
      if (!p.equals(PeerSlot.UNKNOWN)) {
        all.add(
            map(
                "replica", i,
                "base", p.base(),
                "baseNext", p.baseNext(),
                "tracked", p.tracked(),
                "baseProven", p.baseProven(),
                "provenAtMillis", p.provenAtMillis()));
      }
    }
    return all;
  }

  private static @Nullable Object cut(Superblock s) {
    var c = s.cut();
    return c.cutId() == 0
        ? null
        : map(
            "cutId", hex(c.cutId()),
            "holdId", hex(c.holdId()),
            "status", c.status().name(),
            "generation", hex(c.generation()),
            "epoch", c.epoch(),
            "stamp", c.stamp(),
            "logSequence", c.logSequence(),
            "digest", hex(c.digestHigh()) + ":" + hex(c.digestLow()));
  }

  private static Object backup(Superblock s) {
    var b = s.backup();
    return map(
        "flagOn", b.flagOn(),
        "holdId", hex(b.holdId()),
        "cutId", hex(b.cutId()),
        "beganAtMillis", b.beganAtMillis());
  }

  private static List<Object> maps(PartitionReading.Loaded loaded) {
    List<Object> all = new ArrayList<>();
    for (int map = 0; map < MapPage.MAPS; map++) {
      long[] words = loaded.partition().maps().get(map);
      if (words != null) {
        all.add(
            map(
                "map", map == MapPage.CHANGE_MAP ? "change" : Integer.toString(map),
                "bits", InspectPartition.bits(words),
                "chunks", loaded.written().layout().geometry().chunks()));
      }
    }
    return all;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/**
 * Reads the log of a group whose engine has been closed, from its files: exactly what the engine
 * would find there if it were started again. While the engine still serves the group, an entry
 * could be appended and confirmed behind the one that was read last, and so be lost.
 */
final class LogTail {
  private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");

  private LogTail() {}

  /**
   * Applies every entry behind the replica's position.
   *
   * @param current the group's folder with its segments
   * @throws IOException if a segment cannot be read, or one is missing in between
   */
  static void apply(Path current, Replica replica) throws IOException {
    for (LogSegmentPath segment : segments(current).values()) {
      try {
        LogSegment.readSegmentFile(
            segment.getPath().toFile(),
            segment.getStartEnd(),
            SizeInBytes.valueOf(RatisSettings.ENTRY_BYTES_MAX),
            CorruptionPolicy.EXCEPTION,
            null,
            entry -> apply(entry, replica));
      } catch (IllegalStateException e) {
        throw new IOException(segment.getPath() + " cannot be read", e);
      }
    }
  }

  private static void apply(LogEntryProto entry, Replica replica) {
    LogPosition at = new LogPosition(entry.getTerm(), entry.getIndex());
    LogPosition before = replica.at();
    if (at.index() > before.index() + 1) {
      throw new IllegalStateException(
          "the log has a gap between " + before.index() + " and " + at.index());
    }
    if (entry.hasStateMachineLogEntry()) {
      replica.apply(at, entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
    } else {
      replica.pass(at);
    }
  }

  /** The segments by their first entry. */
  private static SortedMap<Long, LogSegmentPath> segments(Path current) throws IOException {
    SortedMap<Long, LogSegmentPath> found = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(current)) {
      for (Path file : files) {
        Matcher name = SEGMENT.matcher(String.valueOf(file.getFileName()));
        LogSegmentPath segment = name.matches() ? LogSegmentPath.matchLogSegment(file) : null;
        if (segment != null) {
          found.put(Long.parseLong(name.group(1)), segment);
        }
      }
    }
    return found;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.LeaderElection;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.RetryCache;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.server.RaftServerConfigKeys.Snapshot;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Every setting of the engine that is not its own default; the reasons: docs/consensus.md. */
final class RatisSettings {
  /** A command with all that is put around it. */
  static final String ENTRY_BYTES_MAX = "1MB";

  /** A command as its proposer gives it. */
  static final int COMMAND_BYTES_MAX = 512 * 1024;

  private static final String REQUEST_BYTES_MAX = "4MB";
  private static final String SEGMENT_BYTES = "1MB";
  private static final String WRITE_BUFFER_BYTES = "1200KB";

  /**
   * How long a leader waits after how many failures to reach a peer. Behind the last pair it would
   * not wait at all any more; with the engine's default that is when a peer is away for 84 minutes.
   */
  static final String PEER_AWAY = "1ms,10, 200ms,50, 1s,1000000000";

  private static final long FIRST_ELECTION_MIN_MILLIS = 40;
  private static final long FIRST_ELECTION_MAX_MILLIS = 80;
  private static final long REQUEST_MIN_MILLIS = 500;

  private RatisSettings() {}

  static RaftProperties of(MemberSetup setup, Path open, Path removed) {
    RaftProperties p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    folders(p, open.toFile(), removed.toFile());
    elections(p, setup.timing());
    log(p);
    transport(p, setup);
    return p;
  }

  private static void folders(RaftProperties p, File open, File removed) {
    // Both defaults lie in the system's temporary folder.
    RaftServerConfigKeys.setStorageDir(p, List.of(open));
    RaftServerConfigKeys.setRemovedGroupsDir(p, removed);
  }

  private static void elections(RaftProperties p, Timing timing) {
    Rpc.setTimeoutMin(p, millis(timing.electionMinMillis()));
    Rpc.setTimeoutMax(p, millis(timing.electionMaxMillis()));
    Rpc.setFirstElectionTimeoutMin(p, millis(FIRST_ELECTION_MIN_MILLIS));
    Rpc.setFirstElectionTimeoutMax(p, millis(FIRST_ELECTION_MAX_MILLIS));
    Rpc.setRequestTimeout(p, millis(Math.max(REQUEST_MIN_MILLIS, timing.electionMaxMillis())));
    LeaderElection.setLeaderStepDownWaitTime(p, millis(timing.electionMaxMillis()));
    LeaderElection.setPreVote(p, true);
    RaftServerConfigKeys.setStagingTimeout(p, TimeDuration.valueOf(5, TimeUnit.SECONDS));
    RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(1, TimeUnit.HOURS));
  }

  private static void log(RaftProperties p) {
    Log.setSegmentSizeMax(p, SizeInBytes.valueOf(SEGMENT_BYTES));
    Log.setPreallocatedSize(p, SizeInBytes.valueOf(SEGMENT_BYTES));
    Log.setWriteBufferSize(p, SizeInBytes.valueOf(WRITE_BUFFER_BYTES));
    Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf(ENTRY_BYTES_MAX));
    Log.Appender.setRetryPolicy(p, PEER_AWAY);
    Log.setSegmentCacheNumMax(p, 2);
    Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf(REQUEST_BYTES_MAX));
    p.set(Log.QUEUE_BYTE_LIMIT_KEY, REQUEST_BYTES_MAX);
    Log.setPurgeUptoSnapshotIndex(p, true);
    Log.setPurgeGap(p, 1);
    Snapshot.setAutoTriggerEnabled(p, true);
    Snapshot.setAutoTriggerThreshold(p, 1000);
    Snapshot.setTriggerWhenStopEnabled(p, false);
    Snapshot.setTriggerWhenRemoveEnabled(p, false);
    Snapshot.setRetentionFileNum(p, 2);
    RetryCache.setExpiryTime(p, TimeDuration.valueOf(10, TimeUnit.SECONDS));
  }

  private static void transport(RaftProperties p, MemberSetup setup) {
    GrpcConfigKeys.Server.setHost(p, setup.host());
    GrpcConfigKeys.Server.setPort(p, setup.port());
    GrpcConfigKeys.Server.setHeartbeatChannel(p, false);
    GrpcConfigKeys.setUseEpoll(p, false);
    GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf(REQUEST_BYTES_MAX));
    RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(REQUEST_BYTES_MAX));
    RaftClientConfigKeys.Rpc.setRequestTimeout(p, millis(3000));
  }

  private static TimeDuration millis(long millis) {
    return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.util.Arrays;

/** One message of each kind, for ever the same. */
final class GoldenMessages {
  private GoldenMessages() {}

  static Message of(FrameType type) {
    Superblock s = GoldenFilesTest.superblock().superblock();
    Stamp stamp = new Stamp(7, 0x77);
    Generations line = Generations.of(0xAAAA, 0xBBBB);
    Hash hash = new Hash(0x1111, 0x2222);
    BackupRecord backup = s.backup();
    CutRecord cut = s.cut();
    long[] words = {1, -1};
    byte[] block = new byte[512];
    Arrays.fill(block, (byte) 0x5A);
    return switch (type) {
      case HELLO -> new Message.Hello(1, 0xABCD);
      case GREET ->
          new Message.Greet(
              0xABCD,
              0xEF01,
              new ReplicaView(
                  s.identity(),
                  s.geometry(),
                  s.groupId(),
                  s.epoch(),
                  Role.STANDBY,
                  line,
                  stamp,
                  s.bootId(),
                  s.condition(),
                  true,
                  false,
                  true,
                  true,
                  true,
                  cut,
                  backup,
                  8));
      case SUSPECTS -> new Message.Suspects(3, words, true);
      case FOLLOW -> new Message.Follow(Message.FollowMode.DIFFERENTIAL, stamp, line, 3);
      case FOLLOWING -> new Message.Following(stamp);
      case STAMP_DONE -> new Message.StampDone(stamp);
      case RESTAMP -> new Message.Restamp(stamp, line, 3);
      case WRITE -> new Message.Write(10, 9, 4096, 1, true, new Samples.Bytes(block));
      case ZERO -> new Message.Zero(10, 9, 4096, 8, false, true);
      case WRITTEN -> new Message.Written(10);
      case FLUSH -> new Message.Flush(11);
      case FLUSHED -> new Message.Flushed(11);
      case PING -> new Message.Ping(12, 9, 600_000_000);
      case PONG -> new Message.Pong(12);
      case COMPARE -> new Message.Compare(13, 4096, 128, hash);
      case COMPARED -> new Message.Compared(13, true);
      case REPAIR -> new Message.Repair(13, 4096, 1, new Samples.Bytes(block));
      case REPAIRED -> new Message.Repaired(13);
      case RECOVERED -> new Message.Recovered(line);
      case RECOVERED_ACK -> new Message.RecoveredAck();
      case CUT -> new Message.Cut(cut, backup);
      case CHANGE_PAGE -> new Message.ChangePage(0xC07, 3, words);
      case CUT_DONE -> new Message.CutDone(0xC07, true);
      case DIGEST_PAGE -> new Message.DigestPage(0xC07, 3, words, true);
      case DIGEST -> new Message.Digest(0xC07, hash);
      case CUT_VERDICT -> new Message.CutVerdict(0xC07, CutStatus.PROVEN, hash, backup);
      case CUT_VERDICT_ACK -> new Message.CutVerdictAck(0xC07, CutStatus.PROVEN, true);
      case REST -> new Message.Rest(5);
      case GOODBYE -> new Message.Goodbye(Message.Parting.DETACHING);
    };
  }
}

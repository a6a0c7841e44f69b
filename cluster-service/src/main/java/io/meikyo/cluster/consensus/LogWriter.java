// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.DataBlockingQueue;

/**
 * The engine's thread that writes one group's log. Two things about it matter to whoever leaves the
 * group. It looks only once a second whether it is to end, which would be most of the time that
 * leaving takes: waiting for work it is interrupted, which it takes as a word to end. And the
 * engine waits for it for three seconds only: one that is held up by a slow disk could still
 * confirm an entry that has not been read, so its end is awaited here.
 */
final class LogWriter {
  private static final long LOOK_MILLIS = 5;
  private static final long END_MILLIS = 30_000;

  private LogWriter() {}

  private static List<Thread> threads(RaftGroupMemberId member) {
    String name = member + "-SegmentedRaftLogWorker";
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith(name))
        .toList();
  }

  /** Waits for the answer of who closes the group, and helps it along. */
  static RaftClientReply hurryUntil(Future<RaftClientReply> closing, RaftServer.Division division)
      throws IOException {
    List<Thread> threads = threads(division.getMemberId());
    try {
      while (true) {
        try {
          return closing.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (division.getInfo().getLifeCycleState().isClosingOrClosed()) {
            threads.stream().filter(LogWriter::waitsForWork).forEach(Thread::interrupt);
          }
        }
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  private static boolean waitsForWork(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame ->
                frame.getClassName().equals(DataBlockingQueue.class.getName())
                    && frame.getMethodName().equals("poll"));
  }

  /**
   * Waits until nothing is written any more.
   *
   * @throws IOException if that lasts too long
   */
  static void awaitEnd(RaftGroupMemberId member) throws IOException {
    try {
      for (Thread thread : threads(member)) {
        thread.join(END_MILLIS);
        if (thread.isAlive()) {
          throw new IOException("the log of " + member + " is still being written");
        }
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while a group was closed");
  }
}

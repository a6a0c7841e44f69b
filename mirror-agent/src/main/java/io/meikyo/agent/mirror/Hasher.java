// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.partition.Hash;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Hashes blocks that were read back from a disk: the first 128 bits of SHA-256. One thread beside
 * the loop does it, so that recovery does not stand in the application's way.
 *
 * <p>A hash that is not cryptographic would be faster; but an application can choose what it
 * writes, and two chunks that were made to hash alike would be taken for equal.
 */
final class Hasher implements AutoCloseable {
  private final Consumer<Runnable> loop;
  private final ThreadPoolExecutor thread;

  /**
   * A hasher.
   *
   * @param loop runs a task on the loop's thread
   */
  Hasher(Consumer<Runnable> loop, String name) {
    this.loop = loop;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Thread.ofPlatform().name(name + "-hash").daemon().unstarted(task));
  }

  /** Hashes the bytes in use; the buffer must stay as it is until the answer. */
  void hash(Buffer buffer, Consumer<Hash> answer) {
    ByteBuffer view = buffer.view();
    thread.execute(() -> {
      Hash hash = of(view);
      loop.accept(() -> answer.accept(hash));
    });
  }

  /** The hash of the bytes from position to limit. */
  static Hash of(ByteBuffer bytes) {
    MessageDigest sha = sha256();
    sha.update(bytes);
    ByteBuffer digest = ByteBuffer.wrap(sha.digest());
    return new Hash(digest.getLong(), digest.getLong());
  }

  /** A fresh SHA-256. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}

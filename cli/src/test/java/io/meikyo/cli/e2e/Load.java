// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What runs on a mounted file system while agents die: a file ledger, and an exerciser. */
final class Load {
  private static final int END_SECONDS = 60;

  private final FileLedger ledger;
  private final Exerciser exerciser;
  private final Supplier<String> words;
  private Thread thread;
  private volatile Throwable wrong;
  private volatile boolean stop;

  /**
   * Nothing runs yet.
   *
   * @param words what to tell when something goes wrong
   */
  Load(Path at, int writers, long seed, Supplier<String> words) throws Exception {
    this.words = words;
    ledger = new FileLedger(at.resolve("ledger"), writers, seed);
    exerciser = new Exerciser(at.resolve("exercised"), seed);
  }

  void start() {
    stop = false;
    ledger.start();
    thread = Thread.ofPlatform().daemon().name("exerciser").start(this::exercise);
  }

  private void exercise() {
    try {
      while (!stop) {
        exerciser.step();
      }
      exerciser.closeFile();
    } catch (Throwable t) {
      wrong = t;
    }
  }

  /** Waits until every writer of the ledger has so many more durable records. */
  void more(int records, int seconds, String when) throws Exception {
    try {
      raise();
      ledger.more(records, seconds, when);
      raise();
    } catch (AssertionError e) {
      throw new AssertionError(when + ":\n" + words.get(), e);
    }
  }

  private void raise() {
    Throwable t = wrong;
    if (t != null) {
      throw new AssertionError("the exerciser", t);
    }
  }

  long longestStallMillis() {
    return ledger.longestStallMillis();
  }

  long durable() {
    return ledger.durable();
  }

  /** Ends all of it; nothing of the file system is open afterwards. */
  void finish() throws InterruptedException {
    stop = true;
    ledger.finish();
    Thread running = thread;
    if (running != null) {
      running.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
      if (running.isAlive()) {
        throw new AssertionError("the exerciser does not end");
      }
    }
    raise();
  }

  /** Everything is as the books say; the file system was mounted anew, and none has died. */
  void check() throws Exception {
    ledger.check(true);
    exerciser.compare();
    exerciser.closeFile();
  }

  /** Lets go of the file system, whatever has happened. */
  void close() throws InterruptedException {
    try {
      finish();
    } catch (AssertionError e) {
      // The test has failed of it already.
    }
  }
}

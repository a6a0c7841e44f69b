// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection that takes too long, however few bytes it sends now and then: the time of
 * socket options begins anew with each byte.
 */
public final class Guard implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);

  /**
   * Begins to watch; {@link #close} ends it.
   *
   * @param most how long it may take
   */
  public Guard(Socket socket, Duration most) {
    Thread.ofVirtual().start(() -> watch(socket, most));
  }

  private void watch(Socket socket, Duration most) {
    try {
      if (!done.await(most.toMillis(), TimeUnit.MILLISECONDS)) {
        socket.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // It is closed for us whatever the system says of its last bytes.
      done.countDown();
    }
  }

  @Override
  public void close() {
    done.countDown();
  }
}

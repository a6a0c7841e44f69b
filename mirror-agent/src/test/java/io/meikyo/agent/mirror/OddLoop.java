// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import java.lang.reflect.Proxy;

/** A loop that begins nothing: the test says how each operation ends. */
final class OddLoop {
  private Completion last;

  final IoLoop loop =
      (IoLoop)
          Proxy.newProxyInstance(
              IoLoop.class.getClassLoader(),
              new Class<?>[] {IoLoop.class},
              (proxy, method, args) -> {
                if (args == null || !(args[args.length - 1] instanceof Completion end)) {
                  throw new UnsupportedOperationException(method.getName());
                }
                last = end;
                return null;
              });

  /** Ends the operation that was begun last. */
  void end(int result) {
    Completion end = last;
    last = null;
    end.done(result);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else as whom a program runs.
 *
 * @param words what stands before the program
 * @param environment HOME, USER, LOGNAME, SHELL
 */
public record User(List<String> words, Map<String, String> environment) {
  private static final User OURSELVES = new User(List.of(), Map.of());

  public User {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  /**
   * Looks a user up, through the system's own ways (which may be a directory over the network).
   *
   * @param name empty: we ourselves
   * @return null if there is no such user, or the limit was over
   */
  public static @Nullable User of(String name, Limit limit) {
    if (name.isEmpty() || name.equals(System.getProperty("user.name"))) {
      return OURSELVES;
    }
    Child.End end = Child.run(Child.Program.of("getent", "passwd", name), limit);
    // postgres:x:112:118:PostgreSQL administrator:/var/lib/postgresql:/bin/bash
    String[] parts = end.output().strip().split(":", -1);
    if (!end.ok() || parts.length < 7) {
      return null;
    }
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", parts[5]);
    environment.put("USER", parts[0]);
    environment.put("LOGNAME", parts[0]);
    environment.put("SHELL", parts[6]);
    return new User(
        List.of("setpriv", "--reuid", parts[2], "--regid", parts[3], "--init-groups", "--"),
        environment);
  }
}

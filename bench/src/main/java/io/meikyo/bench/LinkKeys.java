// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Who makes keys and certificates for the servers of a mirror disk whose link is encrypted. */
@FunctionalInterface
public interface LinkKeys {
  /**
   * Makes an authority of its own, and keys for servers.
   *
   * @param folder empty, for what is made
   * @param cluster id of their cluster
   * @param servers their names
   * @return for each of them, in this order, the line {@code tls = {...}} of its agent.toml
   */
  List<String> make(Path folder, UUID cluster, List<String> servers) throws IOException;
}

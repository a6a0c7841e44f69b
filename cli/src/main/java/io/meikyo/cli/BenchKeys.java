// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.bench.LinkKeys;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.NodeKeys;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Keys for the bench as a cluster makes them: the first server founds, the others are let in. */
final class BenchKeys implements LinkKeys {
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock = InstantSource.system();

  @Override
  public List<String> make(Path folder, UUID cluster, List<String> servers) throws IOException {
    List<String> lines = new ArrayList<>();
    try {
      PkiFolder first = PkiFolder.at(folder.resolve(servers.getFirst()));
      Authority authority = Authority.found(first, cluster, servers.getFirst(), clock, random);
      lines.add(line(first.tls()));
      for (String server : servers.subList(1, servers.size())) {
        PkiFolder own = PkiFolder.at(folder.resolve(server));
        NodeKeys keys = new NodeKeys(own, random);
        keys.install(
            authority.issue(keys.request(server), server, false),
            authority.authorities(),
            authority.revoked(),
            cluster,
            clock.instant());
        lines.add(line(own.tls()));
      }
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    }
    return lines;
  }

  private static String line(TlsFiles files) {
    return String.format(
        Locale.ROOT,
        "tls = { key = \"%s\", certificate = \"%s\", ca = \"%s\", revoked = \"%s\" }",
        files.key(),
        files.certificate(),
        files.authorities(),
        files.revoked());
  }
}

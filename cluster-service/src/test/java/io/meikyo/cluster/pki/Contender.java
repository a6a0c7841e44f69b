// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;

/** Another process that wants the same token: folder, token, now. */
final class Contender {
  private Contender() {}

  public static void main(String[] words) throws Exception {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    SecureRandom random = new SecureRandom();
    TokenStore store =
        new TokenStore(
            PkiFolder.at(Path.of(words[0])), InstantSource.fixed(Instant.parse(words[2])), random);
    JoinToken token = JoinToken.parse(words[1]);
    var key = Requests.newKeys(random).getPublic();
    out.println("ready");
    if (System.in.read() < 0) {
      return;
    }
    try {
      store.claim(token.id(), token.secret(), "contender", key);
      out.println("got it");
    } catch (PkiProblem e) {
      out.println(e.notice().code());
    }
  }
}

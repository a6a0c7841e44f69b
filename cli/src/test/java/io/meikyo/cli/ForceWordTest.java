// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The word comes into the replicated state before the agent acts, if there is such a state. */
class ForceWordTest {
  private static final String STATUS = "{\"server\":\"server1\",\"mirrors\":[{\"name\":\"md1\"}]}";

  @TempDir private Path folder;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  /** A service that gives these answers, one per connection, and then hears nobody any more. */
  private List<String> give(String mirror, String... answers) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(folder.resolve("cluster.sock")));
      Thread _ = Thread.ofVirtual().start(() -> serve(server, answers));
      return new ForceWord(folder.resolve("agent.sock"), "en").give(mirror, "me");
    }
  }

  private void serve(ServerSocketChannel server, String... answers) {
    for (String answer : answers) {
      try (SocketChannel channel = server.accept()) {
        ByteBuffer request = ByteBuffer.allocate(4096);
        int _ = channel.read(request);
        String text = new String(request.array(), 0, request.position(), StandardCharsets.UTF_8);
        asked.add(text.substring(0, text.indexOf(" HTTP/")));
        String[] parts = answer.split(" ", 2);
        String head = "HTTP/1.1 " + parts[0] + " x\r\nContent-Length: " + parts[1].length();
        channel.write(
            ByteBuffer.wrap((head + "\r\n\r\n" + parts[1]).getBytes(StandardCharsets.UTF_8)));
      } catch (IOException e) {
        asked.add("closed");
        return;
      }
    }
  }

  @Test
  void itIsGivenForThisServer() throws Exception {
    assertThat(give("md1", "200 " + STATUS, "200 {\"ok\":true}")).isEmpty();
    assertThat(asked).hasSize(2);
    assertThat(asked.getFirst()).isEqualTo("GET /v1/status?lang=en");
    assertThat(asked.getLast())
        .startsWith("POST /v1/mirrors/md1/force?")
        .contains("server=server1")
        .contains("by=me");
  }

  @Test
  void whatIsRefusedIsSaid() throws Exception {
    String no = "409 {\"ok\":false,\"notices\":[{\"text\":[\"error: no.\",\"  do: look.\"]}]}";
    assertThat(give("md1", "200 " + STATUS, no)).containsExactly("error: no.", "  do: look.");
  }

  @Test
  void aMirrorDiskThatItDoesNotKnowIsTheAgentsAlone() throws Exception {
    assertThat(give("md2", "200 " + STATUS)).isEmpty();
    assertThat(asked).hasSize(1);
  }

  @Test
  void withoutAClusterTheAgentDecidesAlone() {
    assertThat(new ForceWord(folder.resolve("agent.sock"), "en").give("md1", "me")).isEmpty();
  }

  @Test
  void aServiceThatIsGoneIsNoConsent() throws Exception {
    Files.createFile(folder.resolve("cluster.sock"));
    ForceWord word = new ForceWord(folder.resolve("agent.sock"), "en");
    assertThatThrownBy(() -> word.give("md1", "me")).isInstanceOf(CommandFailed.class);
  }
}

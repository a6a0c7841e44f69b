// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.arbitration.Passage;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What must be known after a crash about arbitration: a passage that was begun, whether the witness
 * was asked, and which witness it is. Small files of lines {@code name=value} in the state folder,
 * each replaced as a whole and durable before a call returns. Failures are {@link
 * UncheckedIOException}: nothing may go on then.
 */
final class PassageFile {
  private final Path passage;
  private final Path asked;
  private final Path pin;

  PassageFile(Path state) {
    passage = state.resolve("passage");
    asked = state.resolve("asked-witness");
    pin = state.resolve("witness-incarnation");
  }

  /** The passage that is under way; null if none. */
  @Nullable Passage read() {
    Properties p = load(passage);
    if (p == null) {
      return null;
    }
    return new Passage(
        Passage.Kind.valueOf(p.getProperty("kind", "")),
        UUID.fromString(p.getProperty("from", "")),
        UUID.fromString(p.getProperty("to", "")),
        p.getProperty("evidence", ""));
  }

  void begun(Passage p) {
    Properties all = new Properties();
    all.setProperty("kind", p.kind().name());
    all.setProperty("from", p.from().toString());
    all.setProperty("to", p.to().toString());
    all.setProperty("evidence", p.evidence());
    store(passage, all);
  }

  void done() {
    try {
      Files.deleteIfExists(passage);
      sync(passage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True if the witness was asked for this group in this or a former life. */
  boolean asked(UUID group) {
    Properties p = load(asked);
    return p != null && group.toString().equals(p.getProperty("group"));
  }

  void asking(UUID group) {
    if (!asked(group)) {
      Properties p = new Properties();
      p.setProperty("group", group.toString());
      store(asked, p);
    }
  }

  /** The witness as it was when both servers were there; null if it was never seen then. */
  @Nullable UUID pin() {
    Properties p = load(pin);
    return p == null ? null : UUID.fromString(p.getProperty("incarnation", ""));
  }

  void pin(UUID incarnation) {
    Properties p = new Properties();
    p.setProperty("incarnation", incarnation.toString());
    store(pin, p);
  }

  private static @Nullable Properties load(Path file) {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      Properties p = new Properties();
      p.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
      return p;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void store(Path file, Properties p) {
    try {
      StringWriter text = new StringWriter();
      p.store(text, null);
      Path next = file.resolveSibling(file.getFileName() + ".next");
      try (FileChannel out =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel folder =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}

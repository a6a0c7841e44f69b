// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes on the control socket, big endian; a text is its length in bytes (4) and UTF-8.
 *
 * <p>Over one connection goes one request after the other, each when the one before is answered.
 *
 * <pre>
 * request:  "MKCT" 4, version 1 in 4, number of texts 4, texts: language tag, command, words
 * answer:   pieces, each one byte and what belongs to it, until the exit status
 *   'o' text             a line for people
 *   'e' text             a line about what is wrong
 *   'p' text, 8, 8       progress: of what, done, of how much
 *   'f' text, text       a fact: its name and value
 *   'j' text             the facts as JSON
 *   's'                  a sign of life, each second while the command goes on
 *   'x' 4                exit status; the last piece
 * </pre>
 */
final class ControlWire {
  static final byte OUT = 'o';
  static final byte ERROR = 'e';
  static final byte PROGRESS = 'p';
  static final byte FACT = 'f';
  static final byte JSON = 'j';
  static final byte SIGN = 's';
  static final byte EXIT = 'x';

  /** Interval of the signs of life, s. */
  static final int SIGN_SECONDS = 1;

  private static final int MAGIC = 0x4d4b4354;
  private static final int VERSION = 1;
  private static final int WORDS_MAX = 64;
  private static final int TEXT_BYTES_MAX = 4 << 20;

  private ControlWire() {}

  static void request(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(texts.size());
    for (String text : texts) {
      text(out, text);
    }
    out.flush();
  }

  static List<String> request(DataInputStream in) throws IOException {
    if (in.readInt() != MAGIC || in.readInt() != VERSION) {
      throw new IOException("not a request of this version");
    }
    int count = in.readInt();
    if (count < 2 || count > WORDS_MAX) {
      throw new IOException("a request of " + count + " words");
    }
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text(in));
    }
    return texts;
  }

  static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > TEXT_BYTES_MAX) {
      throw new IOException("a text of " + length + " bytes");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.texts.Catalogue;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The answer to one request while it is being written. Any thread. */
final class ControlOutput {
  private final DataOutputStream out;
  private final Catalogue texts;
  private boolean ended;

  ControlOutput(DataOutputStream out, Catalogue texts) {
    this.out = out;
    this.texts = texts;
  }

  Catalogue texts() {
    return texts;
  }

  synchronized void line(String text) throws IOException {
    out.writeByte(ControlWire.OUT);
    ControlWire.text(out, text);
  }

  synchronized void notice(boolean ok, Notice notice) throws IOException {
    for (String line : texts.lines(notice)) {
      if (ok) {
        line(line);
      } else {
        out.writeByte(ControlWire.ERROR);
        ControlWire.text(out, line);
      }
    }
  }

  /** A line of a view: without a label, unless it is about something wrong. */
  synchronized void view(String indent, Notice notice) throws IOException {
    if (notice.severity() == Severity.INFO) {
      line(indent + texts.render(notice).message());
      return;
    }
    for (String text : texts.lines(notice)) {
      line(indent + text);
    }
  }

  synchronized void progress(String what, long done, long total) throws IOException {
    out.writeByte(ControlWire.PROGRESS);
    ControlWire.text(out, what);
    out.writeLong(done);
    out.writeLong(total);
    out.flush();
  }

  /** Facts of maps in maps, each under the names on the way to it, and the whole as JSON. */
  synchronized void facts(Map<String, ?> facts) throws IOException {
    names(facts);
    out.writeByte(ControlWire.JSON);
    ControlWire.text(out, Json.of(facts));
  }

  /** The same without the JSON. */
  synchronized void names(Map<String, ?> facts) throws IOException {
    flat("", facts);
  }

  private void flat(String name, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> e : map.entrySet()) {
        Object part = e.getValue();
        flat(
            name.isEmpty() ? String.valueOf(e.getKey()) : name + "." + e.getKey(),
            part == null ? "" : part);
      }
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        flat(name + "." + i, list.get(i));
      }
    } else {
      out.writeByte(ControlWire.FACT);
      ControlWire.text(out, name);
      ControlWire.text(out, String.valueOf(value));
    }
  }

  /** Which sentence was said, for programs: its code and its arguments. */
  synchronized void code(Notice notice) throws IOException {
    flat("code", notice.code());
    for (Arg arg : notice.args()) {
      flat("code." + arg.name(), arg.value());
    }
  }

  /** A sign of life. */
  synchronized void sign() throws IOException {
    if (!ended) {
      out.writeByte(ControlWire.SIGN);
      out.flush();
    }
  }

  synchronized void exit(int status) throws IOException {
    ended = true;
    out.writeByte(ControlWire.EXIT);
    out.writeInt(status);
    out.flush();
  }
}

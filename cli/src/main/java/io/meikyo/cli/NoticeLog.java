// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Writes what a long-running process says, each line with its time. Any thread. */
final class NoticeLog implements Consumer<Notice> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);

  private final Catalogue texts;
  private final PrintWriter out;
  private final ReentrantLock lock = new ReentrantLock();

  NoticeLog(Catalogue texts, PrintWriter out) {
    this.texts = texts;
    this.out = out;
  }

  @Override
  public void accept(Notice notice) {
    List<String> lines = texts.lines(notice);
    write(notice.severity() + " " + String.join(" ", lines));
  }

  /** A line that is no notice. */
  void line(String text) {
    write("INFO " + text);
  }

  private void write(String text) {
    lock.lock();
    try {
      out.println(TIME.format(LocalDateTime.now(ZoneId.systemDefault())) + " " + text);
      out.flush();
    } finally {
      lock.unlock();
    }
  }
}

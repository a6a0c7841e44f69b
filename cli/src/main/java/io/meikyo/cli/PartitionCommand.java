// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code meikyo partition}: what is done with the partitions of a replica while it is not in use.
 */
@Command(
    name = "partition",
    description = "Makes, describes, checks and repairs cluster partitions.",
    subcommands = {
      PartitionCreateCommand.class,
      PartitionInspectCommand.class,
      PartitionCheckCommand.class,
      PartitionRepairCommand.class,
      PartitionFiguresCommand.class
    })
final class PartitionCommand implements Runnable {
  @ParentCommand private @Nullable Main main;
  @Spec private @Nullable CommandSpec spec;

  /** Work that may find a problem. */
  interface Work<T> {
    T run() throws PartitionProblem;
  }

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  /** Does the work; a problem becomes the command's failure. */
  static <T> T attempt(Work<T> work) {
    try {
      return work.run();
    } catch (PartitionProblem e) {
      throw new CommandFailed(e.notice());
    }
  }

  Catalogue texts() {
    return main == null ? Catalogue.in(io.meikyo.texts.Language.ENGLISH) : main.texts();
  }

  PrintWriter out() {
    if (spec == null) {
      throw new IllegalStateException("not started by picocli");
    }
    return spec.commandLine().getOut();
  }

  PrintWriter err() {
    if (spec == null) {
      throw new IllegalStateException("not started by picocli");
    }
    return spec.commandLine().getErr();
  }

  /** Prints each notice with its parts. */
  void print(List<Notice> notices) {
    Catalogue texts = texts();
    notices.forEach(notice -> texts.lines(notice).forEach(out()::println));
    out().flush();
  }

  /** A notice as JSON, its texts included. */
  Map<String, @Nullable Object> json(Notice notice) {
    var rendered = texts().render(notice);
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("code", notice.code());
    map.put("severity", notice.severity().name());
    Map<String, Object> args = new LinkedHashMap<>();
    notice.args().forEach(arg -> args.put(arg.name(), arg.value()));
    map.put("arguments", args);
    map.put("message", rendered.message());
    map.put("cause", rendered.cause());
    map.put("correction", rendered.correction());
    return map;
  }
}

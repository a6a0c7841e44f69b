// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.io.IOException;
import java.util.List;

/** Something that jobs run on. What it makes is taken away by the {@link Workshop}. */
interface Target {
  /** Short name, the same in all tables. */
  String name();

  /** What it is, for people. */
  String title();

  /** Makes it ready. */
  void start() throws BenchProblem, IOException, InterruptedException;

  /** Options of fio that say where it is. */
  List<String> fio();

  /** Options of fio for an NBD server on a Unix socket. */
  static List<String> nbd(java.nio.file.Path socket) {
    return List.of("--ioengine=nbd", "--uri=nbd+unix:///?socket=" + socket);
  }

  /** Options of fio for a file or device, past the page cache. */
  static List<String> direct(String path) {
    return List.of("--ioengine=libaio", "--direct=1", "--filename=" + path);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file or a loop device without anybody of ours: what the machine itself can do. */
final class PlainTarget implements Target {
  private final Workshop shop;
  private final Backing backing;
  private final boolean loop;
  private String path = "";

  PlainTarget(Workshop shop, Backing backing, boolean loop) {
    this.shop = shop;
    this.backing = backing;
    this.loop = loop;
  }

  @Override
  public String name() {
    return (loop ? "loop-" : "file-") + backing.name();
  }

  @Override
  public String title() {
    return loop ? "a loop device on a file, nobody else" : "the file, nobody else";
  }

  @Override
  public void start() throws BenchProblem, IOException, InterruptedException {
    String file = backing.data(name());
    path = loop ? shop.loop(Path.of(file)) : file;
  }

  @Override
  public List<String> fio() {
    return Target.direct(path);
  }
}

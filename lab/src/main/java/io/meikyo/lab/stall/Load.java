// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.LabProblem;
import java.io.IOException;

/** An application at work on the mirror disk, which keeps account of what took long. Any thread. */
interface Load extends AutoCloseable {
  /** What a tenth of a second or a transaction is counted in: {@code MiB}, {@code transactions}. */
  String unit();

  /**
   * The longest operation that touched a span of time, ns; 0 if none took long.
   *
   * @param from on the clock of {@link System#nanoTime}
   * @param to the same
   * @throws LabProblem if the application has ended, or had an error
   */
  long longest(long from, long to) throws LabProblem, IOException;

  /** What was done in a span of time, {@linkplain #unit units} per second. */
  double rate(long from, long to) throws LabProblem, IOException;

  @Override
  void close() throws IOException;
}

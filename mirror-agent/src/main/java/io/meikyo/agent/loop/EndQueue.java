// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import java.util.Arrays;

/** Ends that wait to be told, in their order, without an object each. For one thread. */
final class EndQueue {
  private long[] userDatas = new long[64];
  private int[] results = new int[64];
  private int head;
  private int tail;
  private long userData;
  private int result;

  boolean isEmpty() {
    return head == tail;
  }

  void add(long newUserData, int newResult) {
    if (tail == results.length) {
      int waiting = tail - head;
      if (head > 0) {
        System.arraycopy(userDatas, head, userDatas, 0, waiting);
        System.arraycopy(results, head, results, 0, waiting);
      } else {
        userDatas = Arrays.copyOf(userDatas, tail * 2);
        results = Arrays.copyOf(results, tail * 2);
      }
      head = 0;
      tail = waiting;
    }
    userDatas[tail] = newUserData;
    results[tail++] = newResult;
  }

  /** Takes the first: {@link #userData} and {@link #result} are its. */
  boolean next() {
    if (head == tail) {
      return false;
    }
    userData = userDatas[head];
    result = results[head++];
    if (head == tail) {
      head = 0;
      tail = 0;
    }
    return true;
  }

  long userData() {
    return userData;
  }

  int result() {
    return result;
  }
}

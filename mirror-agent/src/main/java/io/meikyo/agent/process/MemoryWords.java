// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import io.meikyo.agent.memory.OwnMemory;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.MemoryCgroup;
import java.util.function.Consumer;

/** What becomes of the agent's own memory, as notices. */
record MemoryWords(Consumer<Notice> notices) implements OwnMemory.Listener {
  @Override
  public void left(MemoryCgroup limited, long limitBytes, MemoryCgroup to) {
    notices.accept(Notice.of(AgentNotice.LEFT_LIMIT, limited, limitBytes, to));
  }

  @Override
  public void limited(MemoryCgroup limited, long limitBytes, String reason) {
    notices.accept(Notice.of(AgentNotice.LIMITED, limited, limitBytes, reason));
  }

  @Override
  public void notLocked(String reason) {
    notices.accept(Notice.of(AgentNotice.NOT_LOCKED, reason));
  }

  @Override
  public void notExempt(String refused) {
    notices.accept(Notice.of(AgentNotice.NOT_EXEMPT, refused));
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.memory;

import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.MemoryCgroup;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a process that serves a disk does for its own memory before it begins. The kernel wins
 * memory by writing dirty pages to that disk; whoever then waits for memory before it writes them,
 * waits for ever. So the process must not share a limit with those who dirty the pages, must not
 * lose a page that it has, and must not be the one that is killed when nothing is left.
 *
 * <p>Nothing here fails: what is refused is told, and the process goes on with less protection. To
 * be called once, by the thread that starts the others, which inherit what is per thread.
 */
public final class OwnMemory {
  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");
  private static final String NEVER = "-1000";

  /** Name of the group that is made for processes that leave a limited one. */
  public static final String GROUP = "meikyo";

  /** Is told what was found and done. */
  public interface Listener {
    /** The process was in a group with a limit, or below one, and has left it. */
    void left(MemoryCgroup limited, long limitBytes, MemoryCgroup to);

    /** It is under a limit, and stays so for this reason. */
    void limited(MemoryCgroup limited, long limitBytes, String reason);

    /** Its pages are not locked. */
    void notLocked(String reason);

    /** The kernel refuses to treat it as a part of the disk; needs CAP_SYS_RESOURCE. */
    void notExempt(String refused);
  }

  /** A listener for processes that have no notices. */
  public record Sentences(Consumer<String> say) implements Listener {
    @Override
    public void left(MemoryCgroup limited, long limitBytes, MemoryCgroup to) {
      say.accept("went from " + limited + ", which has a memory limit, to " + to);
    }

    @Override
    public void limited(MemoryCgroup limited, long limitBytes, String reason) {
      say.accept(limited + " limits its memory to " + limitBytes + " bytes: " + reason);
    }

    @Override
    public void notLocked(String reason) {
      say.accept("its memory may be swapped out: " + reason);
    }

    @Override
    public void notExempt(String refused) {
      say.accept("the kernel refuses " + refused);
    }
  }

  private final Map<String, String> environment;
  private final Listener listener;

  private OwnMemory(Map<String, String> environment, Listener listener) {
    this.environment = environment;
    this.listener = listener;
  }

  /**
   * Does all of it.
   *
   * @param environment of this process; tells whether systemd has put it where it is
   */
  public static void protect(Map<String, String> environment, Listener listener) {
    OwnMemory own = new OwnMemory(environment, listener);
    own.leaveLimit();
    own.exempt();
    own.lock();
  }

  /** Goes to a group beside the uppermost one that limits it. */
  private void leaveLimit() {
    MemoryCgroup limited = null;
    long limit = MemoryCgroup.UNLIMITED;
    try {
      for (MemoryCgroup g = MemoryCgroup.own(); g != null; g = g.above()) {
        if (g.limit() != MemoryCgroup.UNLIMITED) {
          limited = g;
          limit = g.limit();
        }
      }
      if (limited == null) {
        return;
      }
      MemoryCgroup above = limited.above();
      if (above == null) {
        listener.limited(limited, limit, "nothing above it can be seen");
      } else if (environment.containsKey("INVOCATION_ID")) {
        // Whoever wrote the unit wants to find its processes in it.
        listener.limited(limited, limit, "systemd has put it there");
      } else {
        MemoryCgroup to = above.child(GROUP);
        to.enter((int) ProcessHandle.current().pid());
        listener.left(limited, limit, to);
      }
    } catch (IOException e) {
      if (limited != null) {
        listener.limited(limited, limit, String.valueOf(e.getMessage()));
      }
      // Otherwise the groups cannot be read: then nobody has set one up for us either.
    }
  }

  /** Not to be killed for memory; memory for it is not won by writing to its own disk. */
  private void exempt() {
    List<String> refused = new ArrayList<>();
    try {
      if (!Files.readString(OOM_SCORE, StandardCharsets.US_ASCII).strip().equals(NEVER)) {
        Files.writeString(OOM_SCORE, NEVER, StandardCharsets.US_ASCII);
      }
    } catch (IOException e) {
      refused.add("oom_score_adj " + NEVER);
    }
    int flusher = Processes.serveDisk();
    if (flusher < 0) {
      refused.add("PR_SET_IO_FLUSHER (" + Errno.sentence(-flusher) + ")");
    }
    if (!refused.isEmpty()) {
      listener.notExempt(String.join(", ", refused));
    }
  }

  private void lock() {
    try {
      Processes.lockMemory();
    } catch (LinuxException e) {
      listener.notLocked(Errno.sentence(e.errno()));
    }
  }
}

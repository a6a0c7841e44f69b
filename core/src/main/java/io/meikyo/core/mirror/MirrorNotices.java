// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Turns what the engine says into notices for people. Pure; any thread may call. Never throws at an
 * effect of the engine: a value that is missing is shown as a question mark, one too many (a change
 * of role carries the roles before and after, which no text needs) is left out.
 */
public final class MirrorNotices {
  private static final String MISSING = "?";

  private MirrorNotices() {}

  /**
   * A sentence for the log.
   *
   * @param serverName name of the server that holds a replica, by the replica's number
   */
  public static Notice of(Effect.Tell tell, IntFunction<String> serverName) {
    List<Object> args = tell.args();
    return switch (tell.say()) {
      case MET -> {
        ReconnectRow row =
            !args.isEmpty() && args.getFirst() instanceof ReconnectRow r
                ? r
                : ReconnectRow.NOT_CONNECTED;
        yield filled(met(row), args.subList(Math.min(1, args.size()), args.size()), serverName);
      }
      case FLAG_MEANS ->
          filled(
              flag(
                  !args.isEmpty() && args.getFirst() instanceof Meaning m
                      ? m
                      : Meaning.STATE_SILENT),
              List.of(),
              serverName);
      case CUT_JUDGED -> {
        CutStatus status =
            !args.isEmpty() && args.getFirst() instanceof CutStatus s ? s : CutStatus.UNPROVEN;
        yield filled(cut(status), args.subList(Math.min(1, args.size()), args.size()), serverName);
      }
      case VERIFY_DIFFERS -> filled(MirrorNotice.VERIFY_DIFFERS_AT, args, serverName);
      default -> filled(MirrorNotice.valueOf(tell.say().name()), args, serverName);
    };
  }

  /** The answer to a command. */
  public static Notice of(Effect.CommandDone done) {
    MirrorNotice code =
        switch (done.why()) {
          case PEER_LOST -> MirrorNotice.VERIFY_LOST_PEER;
          case ROLLED_BACK_HERE -> MirrorNotice.ROLLED_BACK_REFUSED;
          default -> MirrorNotice.valueOf(done.why().name());
        };
    List<Object> values =
        code == MirrorNotice.VERIFY_DIFFERS ? List.of(done.number()) : List.<Object>of();
    return filled(code, values, Integer::toString);
  }

  /** A step of a hold. */
  public static Notice of(Effect.HoldChanged changed) {
    return of(changed.why());
  }

  /** What a cut is worth; a status that is none reads as not yet proven. */
  public static Notice of(Effect.CutKnown known) {
    return Notice.of(cut(known.status()), known.cutId());
  }

  /**
   * A sentence that needs no values, such as {@link MirrorStatus#waitingFor} in a status view.
   *
   * @throws IllegalArgumentException for the three that say nothing alone: {@link Say#MET}, {@link
   *     Say#FLAG_MEANS}, {@link Say#CUT_JUDGED}
   */
  public static Notice of(Say say) {
    return filled(MirrorNotice.valueOf(say.name()), List.of(), Integer::toString);
  }

  /** How we stand to a peer, for a status view. */
  public static Notice of(ReconnectRow row, String serverName) {
    return Notice.of(met(row), serverName);
  }

  /** What a raised backup flag means. */
  public static Notice of(Meaning meaning) {
    return Notice.of(flag(meaning));
  }

  private static MirrorNotice met(ReconnectRow row) {
    return MirrorNotice.valueOf("MET_" + row.name());
  }

  private static MirrorNotice flag(Meaning meaning) {
    return MirrorNotice.valueOf("FLAG_" + meaning.name());
  }

  private static MirrorNotice cut(CutStatus status) {
    return switch (status) {
      case NONE, UNPROVEN -> MirrorNotice.CUT_UNPROVEN;
      case PROVEN -> MirrorNotice.CUT_PROVEN;
      case UNEQUAL -> MirrorNotice.CUT_UNEQUAL;
      case VOID -> MirrorNotice.CUT_VOID;
    };
  }

  private static Notice filled(
      MirrorNotice code, List<Object> args, IntFunction<String> serverName) {
    List<String> names = code.argNames();
    Object[] values = new Object[names.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < args.size() ? shown(names.get(i), args.get(i), serverName) : MISSING;
    }
    return Notice.of(code, values);
  }

  private static Object shown(String name, Object value, IntFunction<String> serverName) {
    if (name.equals("peer") && value instanceof Integer replica) {
      return serverName.apply(replica);
    }
    if (name.equals("peers") && value instanceof Integer mask) {
      List<String> servers = new ArrayList<>();
      for (int replica = 0; replica < Integer.SIZE; replica++) {
        if ((mask & 1 << replica) != 0) {
          servers.add(serverName.apply(replica));
        }
      }
      return String.join(", ", servers);
    }
    return value;
  }
}

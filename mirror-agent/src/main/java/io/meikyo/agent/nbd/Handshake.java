// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.notice.Notice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first phase of a connection: greeting and options, until client and server agree on an
 * export. Pure.
 *
 * <p>One option is taken at a time, when it is there whole, and answered into {@code out}, which
 * has room for {@link #ANSWER_BYTES_MAX}. Options that are longer than {@link #OPTION_BYTES_MAX}
 * are skipped and refused. TLS would begin at STARTTLS: today it is refused.
 */
final class Handshake {
  /** Most bytes of the data of an option that is looked at. */
  static final int OPTION_BYTES_MAX = 64 << 10;

  /** Most bytes of the answers to one option. */
  static final int ANSWER_BYTES_MAX = 64 << 10;

  /** Most options of one connection; a client of good will needs less than ten. */
  static final int OPTIONS_MAX = 1000;

  static final String ALLOCATION = "base:allocation";
  static final int ALLOCATION_ID = 1;

  /** How one step ended. */
  enum Step {
    /** More bytes are needed. */
    MORE,
    /** An option was answered; send that first, then go on. */
    ANSWERED,
    /** Agreed: send the answer, then requests follow. */
    AGREED,
    /** Send what is there, then close. */
    CLOSE
  }

  private enum State {
    FLAGS,
    OPTION,
    SKIPPING,
    ENDED
  }

  private static final Exports NOTHING =
      new Exports() {
        @Override
        public List<ExportInfo> list() {
          return List.of();
        }

        @Override
        public @Nullable ExportInfo find(String name) {
          return null;
        }
      };

  private final Exports exports;
  private State state = State.FLAGS;
  private boolean withZeroes = true;
  private int options;
  private int skippedOption;
  private long skipBytes;
  private boolean structured;
  private @Nullable String allocationOf;
  private @Nullable ExportInfo export;
  private @Nullable Notice complaint;

  Handshake(Exports exports) {
    this.exports = exports;
  }

  /** One that is over: client and server agreed elsewhere. */
  static Handshake agreed(ExportInfo export) {
    Handshake done = new Handshake(NOTHING);
    done.state = State.ENDED;
    done.export = export;
    return done;
  }

  /** What the server says first. */
  void greet(ByteBuffer out) {
    out.putLong(Wire.MAGIC);
    out.putLong(Wire.OPTION_MAGIC);
    out.putShort((short) (Wire.FIXED_NEWSTYLE | Wire.NO_ZEROES));
  }

  /** Takes the next thing from {@code in}, whole or not at all. */
  Step step(ByteBuffer in, ByteBuffer out) {
    return switch (state) {
      case FLAGS -> flags(in);
      case OPTION -> option(in, out);
      case SKIPPING -> skip(in, out);
      case ENDED -> Step.CLOSE;
    };
  }

  /** The export that was agreed on. */
  ExportInfo export() {
    if (export == null) {
      throw new Invariant.Broken("an export is asked for after the agreement");
    }
    return export;
  }

  /** True if replies are structured. */
  boolean structured() {
    return structured;
  }

  /** True if the client may ask for {@link #ALLOCATION}. */
  boolean allocation() {
    return export != null && export.name().equals(allocationOf);
  }

  /** What was wrong, if it ended because of that; else null. */
  @Nullable Notice complaint() {
    return complaint;
  }

  private Step flags(ByteBuffer in) {
    if (in.remaining() < 4) {
      return Step.MORE;
    }
    int flags = in.getInt();
    if ((flags & ~(Wire.FIXED_NEWSTYLE | Wire.NO_ZEROES)) != 0) {
      return complain(Notice.of(NbdNotice.NOT_NBD));
    }
    withZeroes = (flags & Wire.NO_ZEROES) == 0;
    state = State.OPTION;
    return Step.ANSWERED;
  }

  private Step complain(Notice what) {
    complaint = what;
    state = State.ENDED;
    return Step.CLOSE;
  }

  private Step option(ByteBuffer in, ByteBuffer out) {
    if (in.remaining() < Wire.OPTION_HEADER_BYTES) {
      return Step.MORE;
    }
    int at = in.position();
    if (in.getLong(at) != Wire.OPTION_MAGIC) {
      return complain(Notice.of(NbdNotice.NOT_NBD));
    }
    int option = in.getInt(at + 8);
    long length = Integer.toUnsignedLong(in.getInt(at + 12));
    if (length > OPTION_BYTES_MAX) {
      if (option == Wire.OPT_EXPORT_NAME) {
        return complain(Notice.of(NbdNotice.NOT_NBD));
      }
      in.position(at + Wire.OPTION_HEADER_BYTES);
      skippedOption = option;
      skipBytes = length;
      state = State.SKIPPING;
      return skip(in, out);
    }
    if (in.remaining() < Wire.OPTION_HEADER_BYTES + length) {
      return Step.MORE;
    }
    if (++options > OPTIONS_MAX) {
      return complain(Notice.of(NbdNotice.NOT_NBD));
    }
    ByteBuffer data = in.slice(at + Wire.OPTION_HEADER_BYTES, (int) length);
    in.position(at + Wire.OPTION_HEADER_BYTES + (int) length);
    return answer(option, data, out);
  }

  private Step skip(ByteBuffer in, ByteBuffer out) {
    int now = (int) Math.min(skipBytes, in.remaining());
    in.position(in.position() + now);
    skipBytes -= now;
    if (skipBytes > 0) {
      return Step.MORE;
    }
    state = State.OPTION;
    if (++options > OPTIONS_MAX) {
      return complain(Notice.of(NbdNotice.NOT_NBD));
    }
    return reply(out, skippedOption, Wire.REP_ERR_TOO_BIG);
  }

  private Step answer(int option, ByteBuffer data, ByteBuffer out) {
    return switch (option) {
      case Wire.OPT_EXPORT_NAME -> exportName(data, out);
      case Wire.OPT_ABORT -> {
        reply(out, option, Wire.REP_ACK);
        yield end(Step.CLOSE);
      }
      case Wire.OPT_LIST -> list(data, out);
      case Wire.OPT_INFO, Wire.OPT_GO -> info(option, data, out);
      case Wire.OPT_STRUCTURED_REPLY -> structuredReply(data, out);
      case Wire.OPT_LIST_META_CONTEXT, Wire.OPT_SET_META_CONTEXT -> contexts(option, data, out);
      case Wire.OPT_STARTTLS, Wire.OPT_EXTENDED_HEADERS -> reply(out, option, Wire.REP_ERR_UNSUP);
      default -> reply(out, option, Wire.REP_ERR_UNSUP);
    };
  }

  private Step end(Step last) {
    state = State.ENDED;
    return last;
  }

  private static Step reply(ByteBuffer out, int option, int type) {
    header(out, option, type, 0);
    return Step.ANSWERED;
  }

  private static void header(ByteBuffer out, int option, int type, int length) {
    out.putLong(Wire.OPTION_REPLY_MAGIC);
    out.putInt(option);
    out.putInt(type);
    out.putInt(length);
  }

  /** The old way to choose an export: no reply but its figures, and no way to say no. */
  private Step exportName(ByteBuffer data, ByteBuffer out) {
    String name = OptionData.rest(data, data.remaining());
    ExportInfo found = exports.find(name);
    if (found == null) {
      return complain(Notice.of(NbdNotice.NO_SUCH_EXPORT, name));
    }
    out.putLong(found.bytes());
    out.putShort((short) found.flags());
    if (withZeroes) {
      out.put(new byte[124]);
    }
    export = found;
    return end(Step.AGREED);
  }

  private Step list(ByteBuffer data, ByteBuffer out) {
    if (data.hasRemaining()) {
      return reply(out, Wire.OPT_LIST, Wire.REP_ERR_INVALID);
    }
    for (ExportInfo each : exports.list()) {
      byte[] name = each.name().getBytes(StandardCharsets.UTF_8);
      header(out, Wire.OPT_LIST, Wire.REP_SERVER, 4 + name.length);
      out.putInt(name.length);
      out.put(name);
    }
    return reply(out, Wire.OPT_LIST, Wire.REP_ACK);
  }

  private Step info(int option, ByteBuffer data, ByteBuffer out) {
    OptionData.Wanted wanted = OptionData.wanted(data);
    if (wanted == null) {
      return reply(out, option, Wire.REP_ERR_INVALID);
    }
    ExportInfo found = exports.find(wanted.name());
    if (found == null) {
      return reply(out, option, Wire.REP_ERR_UNKNOWN);
    }
    header(out, option, Wire.REP_INFO, 12);
    out.putShort((short) Wire.INFO_EXPORT);
    out.putLong(found.bytes());
    out.putShort((short) found.flags());

    header(out, option, Wire.REP_INFO, 14);
    out.putShort((short) Wire.INFO_BLOCK_SIZE);
    out.putInt(found.blockBytes());
    out.putInt(found.preferredBytes());
    out.putInt(ExportInfo.REQUEST_BYTES_MAX);

    if (wanted.infos().contains(Wire.INFO_NAME)) {
      text(out, option, Wire.INFO_NAME, found.name());
    }
    if (wanted.infos().contains(Wire.INFO_DESCRIPTION) && !found.description().isEmpty()) {
      text(out, option, Wire.INFO_DESCRIPTION, found.description());
    }
    reply(out, option, Wire.REP_ACK);
    if (option == Wire.OPT_INFO) {
      return Step.ANSWERED;
    }
    export = found;
    return end(Step.AGREED);
  }

  private static void text(ByteBuffer out, int option, int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    header(out, option, Wire.REP_INFO, 2 + bytes.length);
    out.putShort((short) type);
    out.put(bytes);
  }

  private Step structuredReply(ByteBuffer data, ByteBuffer out) {
    if (data.hasRemaining()) {
      return reply(out, Wire.OPT_STRUCTURED_REPLY, Wire.REP_ERR_INVALID);
    }
    structured = true;
    return reply(out, Wire.OPT_STRUCTURED_REPLY, Wire.REP_ACK);
  }

  private Step contexts(int option, ByteBuffer data, ByteBuffer out) {
    boolean set = option == Wire.OPT_SET_META_CONTEXT;
    if (set) {
      allocationOf = null;
    }
    OptionData.Contexts asked = OptionData.contexts(data);
    if (asked == null || (set && !structured)) {
      return reply(out, option, Wire.REP_ERR_INVALID);
    }
    if (exports.find(asked.name()) == null) {
      return reply(out, option, Wire.REP_ERR_UNKNOWN);
    }
    List<String> queries = asked.queries();
    boolean named = queries.contains(ALLOCATION);
    if (named || (!set && (queries.isEmpty() || queries.contains("base:")))) {
      byte[] name = ALLOCATION.getBytes(StandardCharsets.UTF_8);
      header(out, option, Wire.REP_META_CONTEXT, 4 + name.length);
      out.putInt(set ? ALLOCATION_ID : 0);
      out.put(name);
      if (set) {
        allocationOf = asked.name();
      }
    }
    return reply(out, option, Wire.REP_ACK);
  }
}

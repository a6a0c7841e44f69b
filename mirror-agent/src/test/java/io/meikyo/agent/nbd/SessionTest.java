// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a session makes of bytes, without a socket. */
class SessionTest {
  private final Talk talk = new Talk();

  @Test
  void greets() {
    assertThat(talk.said().getLong()).isEqualTo(Wire.MAGIC);
    assertThat(talk.said().getLong()).isEqualTo(Wire.OPTION_MAGIC);
    assertThat(talk.said().getShort()).isEqualTo((short) 3);
  }

  @Test
  void theOldWayToChooseAnExport() {
    talk.greeted(1).option(Wire.OPT_EXPORT_NAME, bytes("disk"));
    assertThat(talk.said().getLong()).isEqualTo(1 << 20);
    assertThat((int) talk.said().getShort()).isEqualTo(Talk.DISK.flags());
    assertThat(talk.said().remaining()).isEqualTo(124);
    assertThat(talk.session.agreed()).isTrue();

    Talk without = new Talk().greeted(3).option(Wire.OPT_EXPORT_NAME, bytes("disk"));
    assertThat(without.said().remaining()).isEqualTo(10);

    Talk wrong = new Talk().greeted(3).option(Wire.OPT_EXPORT_NAME, bytes("nothing"));
    assertThat(wrong.said().remaining()).isZero();
    assertThat(wrong.closed).isTrue();
    assertThat(wrong.session.complaint())
        .extracting("code")
        .isEqualTo(NbdNotice.NO_SUCH_EXPORT.key());
  }

  @Test
  void lists() {
    talk.greeted(3).option(Wire.OPT_LIST, new byte[0]);
    Talk.Reply server = talk.reply();
    assertThat(server.type()).isEqualTo(Wire.REP_SERVER);
    assertThat(server.text(4)).isEqualTo("disk");
    assertThat(talk.reply().type()).isEqualTo(Wire.REP_ACK);
    talk.option(Wire.OPT_LIST, new byte[1]);
    assertThat(talk.reply().type()).isEqualTo(Wire.REP_ERR_INVALID);
  }

  @Test
  void tellsOfAnExportAndGoesThere() {
    byte[] wants = go("disk", Wire.INFO_NAME, Wire.INFO_DESCRIPTION, 77);
    talk.greeted(3);
    for (int option : new int[] {Wire.OPT_INFO, Wire.OPT_GO}) {
      talk.option(option, wants);
      Talk.Reply export = talk.reply();
      assertThat(export.data().getShort()).isEqualTo((short) Wire.INFO_EXPORT);
      assertThat(export.data().getLong()).isEqualTo(1 << 20);
      assertThat((int) export.data().getShort()).isEqualTo(Talk.DISK.flags());
      Talk.Reply sizes = talk.reply();
      assertThat(sizes.data().getShort()).isEqualTo((short) Wire.INFO_BLOCK_SIZE);
      assertThat(sizes.data().getInt()).isEqualTo(512);
      assertThat(sizes.data().getInt()).isEqualTo(4096);
      assertThat(sizes.data().getInt()).isEqualTo(32 << 20);
      assertThat(talk.reply().text(2)).isEqualTo("disk");
      assertThat(talk.reply().text(2)).isEqualTo("a disk");
      assertThat(talk.reply().type()).isEqualTo(Wire.REP_ACK);
      assertThat(talk.session.agreed()).isEqualTo(option == Wire.OPT_GO);
    }
  }

  @Test
  void refusesOptions() {
    talk.greeted(3);
    assertThat(talk.answer(Wire.OPT_STARTTLS, new byte[0])).isEqualTo(Wire.REP_ERR_UNSUP);
    assertThat(talk.answer(Wire.OPT_EXTENDED_HEADERS, new byte[0])).isEqualTo(Wire.REP_ERR_UNSUP);
    assertThat(talk.answer(4711, new byte[9])).isEqualTo(Wire.REP_ERR_UNSUP);
    assertThat(talk.answer(Wire.OPT_GO, go("nothing"))).isEqualTo(Wire.REP_ERR_UNKNOWN);
    assertThat(talk.answer(Wire.OPT_GO, new byte[3])).isEqualTo(Wire.REP_ERR_INVALID);
    assertThat(talk.answer(Wire.OPT_GO, new byte[70_000])).isEqualTo(Wire.REP_ERR_TOO_BIG);
    assertThat(talk.answer(Wire.OPT_STRUCTURED_REPLY, new byte[1])).isEqualTo(Wire.REP_ERR_INVALID);
    byte[] longName = ByteBuffer.allocate(10).putInt(Integer.MAX_VALUE).array();
    assertThat(talk.answer(Wire.OPT_INFO, longName)).isEqualTo(Wire.REP_ERR_INVALID);
    assertThat(talk.answer(Wire.OPT_ABORT, new byte[0])).isEqualTo(Wire.REP_ACK);
    assertThat(talk.closed).isTrue();
    assertThat(talk.session.complaint()).isNull();
  }

  @Test
  void metaContexts() {
    talk.greeted(3);
    byte[] query = contexts("disk", Handshake.ALLOCATION, "x-other:thing");
    assertThat(talk.answer(Wire.OPT_SET_META_CONTEXT, query)).isEqualTo(Wire.REP_ERR_INVALID);
    assertThat(talk.answer(Wire.OPT_STRUCTURED_REPLY, new byte[0])).isEqualTo(Wire.REP_ACK);
    for (byte[] asked :
        List.of(contexts("disk"), contexts("disk", "base:"), contexts("disk", "base:allocation"))) {
      talk.option(Wire.OPT_LIST_META_CONTEXT, asked);
      assertThat(talk.reply().text(4)).isEqualTo(Handshake.ALLOCATION);
      assertThat(talk.reply().type()).isEqualTo(Wire.REP_ACK);
    }
    assertThat(talk.answer(Wire.OPT_LIST_META_CONTEXT, contexts("disk", "x:y")))
        .isEqualTo(Wire.REP_ACK);
    assertThat(talk.answer(Wire.OPT_SET_META_CONTEXT, contexts("nothing", "base:allocation")))
        .isEqualTo(Wire.REP_ERR_UNKNOWN);
    talk.option(Wire.OPT_SET_META_CONTEXT, query);
    Talk.Reply chosen = talk.reply();
    assertThat(chosen.type()).isEqualTo(Wire.REP_META_CONTEXT);
    assertThat(chosen.data().getInt()).isEqualTo(Handshake.ALLOCATION_ID);
    assertThat(talk.reply().type()).isEqualTo(Wire.REP_ACK);
    talk.option(Wire.OPT_GO, go("disk"));
    assertThat(talk.errno(Wire.CMD_BLOCK_STATUS, Wire.FLAG_REQ_ONE, 0, 4096)).isZero();
    assertThat(talk.errno(Wire.CMD_BLOCK_STATUS, 0, 0, 1 << 21)).isEqualTo(Wire.EINVAL);
  }

  @Test
  void aChoiceOfContextsThatFailsLeavesNone() {
    talk.greeted(3);
    talk.option(Wire.OPT_STRUCTURED_REPLY, new byte[0]);
    talk.option(Wire.OPT_SET_META_CONTEXT, contexts("disk", Handshake.ALLOCATION));
    talk.option(Wire.OPT_SET_META_CONTEXT, new byte[2]);
    talk.option(Wire.OPT_GO, go("disk"));
    assertThat(talk.errno(Wire.CMD_BLOCK_STATUS, 0, 0, 4096)).isEqualTo(Wire.EINVAL);
  }

  @Test
  void wrongMagicsAndFlagsEndIt() {
    assertThat(new Talk().greeted(4).closed).isTrue();
    assertThat(talk.greeted(3).bytes(new byte[16]).closed).isTrue();
    Talk later = new Talk().greeted(3).option(Wire.OPT_GO, go("disk")).bytes(new byte[28]);
    assertThat(later.closed).isTrue();
    assertThat(later.session.complaint()).extracting("code").isEqualTo(NbdNotice.NOT_NBD.key());
    Talk endless = new Talk().greeted(3);
    for (int i = 0; i < Handshake.OPTIONS_MAX && !endless.closed; i++) {
      endless.option(Wire.OPT_LIST, new byte[0]);
    }
    assertThat(endless.closed).isFalse();
    assertThat(endless.option(Wire.OPT_LIST, new byte[0]).closed).isTrue();
  }

  @Test
  void requestsAreJudged() {
    talk.greeted(3).option(Wire.OPT_GO, go("disk"));
    long end = 1 << 20;
    assertThat(talk.errno(Wire.CMD_READ, 0, 0, 512)).isZero();
    assertThat(talk.errno(Wire.CMD_READ, Wire.FLAG_FUA, end - 512, 512)).isZero();
    assertThat(talk.errno(Wire.CMD_READ, Wire.FLAG_DF, 0, 512)).isEqualTo(Wire.EINVAL);
    assertThat(talk.errno(Wire.CMD_READ, 0, Long.MIN_VALUE, 512)).isEqualTo(Wire.EINVAL);
    assertThat(talk.errno(Wire.CMD_READ, 0, -512, 1024)).isEqualTo(Wire.EINVAL);
    assertThat(talk.errno(Wire.CMD_WRITE_ZEROES, 0, Long.MAX_VALUE & -512, 512))
        .isEqualTo(Wire.ENOSPC);
    assertThat(talk.errno(Wire.CMD_WRITE_ZEROES, Wire.FLAG_NO_HOLE, 0, 1 << 20)).isZero();
    assertThat(talk.errno(Wire.CMD_TRIM, 0, 0, 1 << 20)).isZero();
    assertThat(talk.errno(Wire.CMD_TRIM, Wire.FLAG_NO_HOLE, 0, 512)).isEqualTo(Wire.EINVAL);
    assertThat(talk.errno(Wire.CMD_FLUSH, 0, 0, 0)).isZero();
    assertThat(talk.errno(Wire.CMD_FLUSH, 0, 0, 512)).isEqualTo(Wire.EINVAL);
    assertThat(talk.bytes(Talk.request(Wire.CMD_DISC, 0, 0, 0)).closed).isTrue();
    assertThat(talk.session.complaint()).isNull();
  }

  @Test
  void errorsOfDevicesAreTranslated() {
    assertThat(RequestRules.wireErrno(0)).isZero();
    assertThat(RequestRules.wireErrno(Wire.ESHUTDOWN)).isEqualTo(Wire.ESHUTDOWN);
    assertThat(RequestRules.wireErrno(Wire.EROFS)).isEqualTo(Wire.EPERM);
    assertThat(RequestRules.wireErrno(121)).isEqualTo(Wire.EIO);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] go(String export, int... infos) {
    byte[] name = bytes(export);
    ByteBuffer data = ByteBuffer.allocate(6 + name.length + 2 * infos.length);
    data.putInt(name.length).put(name).putShort((short) infos.length);
    for (int info : infos) {
      data.putShort((short) info);
    }
    return data.array();
  }

  static byte[] contexts(String export, String... queries) {
    ByteBuffer data = ByteBuffer.allocate(1000);
    data.putInt(export.length()).put(bytes(export)).putInt(queries.length);
    for (String query : queries) {
      data.putInt(query.length()).put(bytes(query));
    }
    return java.util.Arrays.copyOf(data.array(), data.position());
  }

  /** A session with both sides' bytes. */
  static final class Talk {
    static final ExportInfo DISK = new ExportInfo("disk", "a disk", 1 << 20, 512, false, true);

    final Session session;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 20);
    private final ByteBuffer out = ByteBuffer.allocate(1 << 20);
    private int read;
    private @Nullable ByteBuffer view;
    boolean closed;

    /** An answer to an option. */
    record Reply(int option, int type, ByteBuffer data) {
      String text(int from) {
        return StandardCharsets.UTF_8.decode(data.slice(from, data.limit() - from)).toString();
      }
    }

    Talk() {
      session =
          new Session(
              new Exports() {
                @Override
                public List<ExportInfo> list() {
                  return List.of(DISK);
                }

                @Override
                public @Nullable ExportInfo find(String name) {
                  return name.equals("disk") ? DISK : null;
                }
              });
      session.greet(out);
    }

    Talk greeted(int flags) {
      read = out.position();
      return bytes(ByteBuffer.allocate(4).putInt(flags).array());
    }

    Talk option(int option, byte[] data) {
      ByteBuffer all = ByteBuffer.allocate(16 + data.length);
      all.putLong(Wire.OPTION_MAGIC).putInt(option).putInt(data.length).put(data);
      return bytes(all.array());
    }

    /** Gives bytes and takes all steps. */
    Talk bytes(byte[] bytes) {
      in.put(bytes).flip();
      Session.Step step;
      do {
        step = session.step(in, out);
        if (step == Session.Step.REQUEST) {
          int now = (int) Math.min(session.payloadLeft(), in.remaining());
          in.position(in.position() + now);
          session.payloadTaken(now);
        }
      } while (step != Session.Step.MORE && step != Session.Step.CLOSE);
      closed = step == Session.Step.CLOSE;
      in.compact();
      view = null;
      return this;
    }

    /** What was said and not read yet. */
    ByteBuffer said() {
      if (view == null) {
        view = out.duplicate().flip().position(read);
      }
      return view;
    }

    Reply reply() {
      ByteBuffer said = said();
      assertThat(said.getLong()).isEqualTo(Wire.OPTION_REPLY_MAGIC);
      int option = said.getInt();
      int type = said.getInt();
      byte[] data = new byte[said.getInt()];
      said.get(data);
      read = said.position();
      return new Reply(option, type, ByteBuffer.wrap(data));
    }

    /** The type of the only answer to an option. */
    int answer(int option, byte[] data) {
      option(option, data);
      Reply reply = reply();
      assertThat(reply.option()).isEqualTo(option);
      assertThat(said().remaining()).isZero();
      return reply.type();
    }

    static byte[] request(int command, int flags, long offset, int length) {
      ByteBuffer all = ByteBuffer.allocate(Wire.REQUEST_BYTES);
      all.putInt(Wire.REQUEST_MAGIC).putShort((short) flags).putShort((short) command);
      return all.putLong(4711).putLong(offset).putInt(length).array();
    }

    int errno(int command, int flags, long offset, int length) {
      bytes(request(command, flags, offset, length));
      assertThat(session.request().cookie()).isEqualTo(4711);
      return session.errno();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.record.PairMessage.Kind;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How two agents without a keeper decide: <b>a decision stands when it is in both journals.</b>
 *
 * <pre>
 *   who asks                                   the other
 *   pending, durable
 *   PREPARE ─────────────────────────────────▶ is it the next one, and none of mine goes first?
 *                                              journal, durable: decided
 *   journal, durable: decided ◀─────── ACCEPTED
 * </pre>
 *
 * A crash in between leaves it pending on one side, or pending here and in the journal there. In
 * both cases it is put again when the two meet, and found or taken. What is pending is never given
 * up for something else, with one exception: if both sides have asked for different next decisions,
 * neither of which can be in both journals then, that of the lower replica goes first.
 *
 * <p>Without the other nothing is decided. The operator's word that the other is off lets one side
 * decide alone; what is pending there is then decided first, since the other may have it in its
 * journal already. When they meet again, the one whose journal ends inside the other's takes what
 * it lacks, and the word is forgotten. If neither does, both have decided alone: nothing is taken
 * over ({@link PairState#APART}) until the operator names the side that counts. Its decisions are
 * then lifted above the other's versions and epochs and take their place there, on a side that is
 * not active.
 *
 * <p>The decision that makes restored replicas a mirror ({@link RestoredPair}) needs the word of
 * both replicas, not only of both journals: what the other asks for is taken only if this side has
 * asked for the very same. It alone may be given up while it is pending, and only when the two have
 * just met: then it is known that the other has not journalled it, and it will not without being
 * asked.
 *
 * <p>No thread, no clock, no socket. An {@link IOException} of the book means that nobody knows
 * what is on the disk: nothing may be called any more.
 */
final class PairRules {
  /** What comes out. Called in the middle of a step: only note it. */
  interface Out {
    /** To the other side, if it is connected. */
    void send(PairMessage message);

    /** The other side speaks another language, or is in another state than it must be. */
    void hangUp();

    /** The end of a proposal. */
    void answer(long proposalId, Outcome outcome, SetRecord newest);

    /** The newest decision, whoever asked for it. */
    void decided(SetRecord newest);

    /** What a person should know. */
    void tell(PairSay say);
  }

  /** What there is to say. */
  enum PairSay {
    TOGETHER,
    ALONE,
    APART,
    LOST,
    GIVEN_UP_HERE,
    GIVEN_UP_THERE,
    STILL_ACTIVE_THERE
  }

  private final int own;
  private final boolean first;
  private final PairBook book;
  private final LongSupplier entropy;
  private final Out out;
  private boolean lost;
  private boolean connected;
  private PairState state;
  private @Nullable SetRecord theirs;
  private @Nullable List<SetRecord> replacing;

  /** The proposal of this life that waits for its end; 0: none. */
  private long asked;

  /**
   * Begins where the book ends.
   *
   * @param own replica number here
   * @param first true if that is the lower one of the two
   * @param used the replica here has taken part in decisions before
   * @param entropy random numbers
   */
  PairRules(int own, boolean first, boolean used, PairBook book, LongSupplier entropy, Out out) {
    this.own = own;
    this.first = first;
    this.book = book;
    this.entropy = entropy;
    this.out = out;
    this.lost = used && blank();
    this.state = lost ? PairState.LOST : unconnected();
  }

  /** Ends what the last life had begun; before anything else but questions. */
  void start() throws IOException {
    if (book.alone() != null) {
      decidePending();
    }
  }

  /**
   * What is pending goes first when this side begins to decide alone: the other may have it in its
   * journal already.
   */
  private void decidePending() throws IOException {
    SetRecord p = pending();
    if (p != null) {
      overtaken(p);
    }
  }

  PairState state() {
    return state;
  }

  /** True if something can be decided now. */
  boolean canDecide() {
    return !lost && (book.alone() != null || state == PairState.TOGETHER);
  }

  /** The newest decision; null if it is not known here. */
  @Nullable SetRecord newest() {
    return lost ? null : book.newest();
  }

  /** Nothing was ever decided, as far as the book says. */
  private boolean blank() {
    SetRecord r = book.newest();
    return r.epoch() == 0 && r.proposalId() == 0;
  }

  private PairState unconnected() {
    return lost ? PairState.LOST : book.alone() != null ? PairState.ALONE : PairState.WAITING;
  }

  // ---- the connection

  /** A connection stands; nothing of an earlier one comes any more. */
  void connected() {
    connected = true;
    theirs = null;
    replacing = null;
    state = unconnected();
    say(Kind.HELLO, blank() ? PairMessage.BLANK : 0, 0);
  }

  /** It is gone. */
  void disconnected() {
    connected = false;
    theirs = null;
    replacing = null;
    if (state != PairState.APART) {
      state = unconnected();
    }
  }

  private void say(Kind kind, int flags, long proposalId) {
    out.send(new PairMessage(kind, flags, proposalId, book.newest()));
  }

  /** Something came. */
  void received(PairMessage m) throws IOException {
    switch (m.kind()) {
      case HELLO -> hello(m.record(), (m.flags() & PairMessage.BLANK) != 0);
      case ENTRY -> entry(m.record());
      case REPLACE -> replace();
      case END -> end(m.record());
      case CAUGHT_UP -> caughtUp(m.record());
      case APART -> apart();
      case PREPARE -> prepare(m.record());
      case ACCEPTED -> accepted(m.record());
      case REFUSED -> refused(m);
      case PING -> say(Kind.PONG, 0, 0);
      case PONG -> {
        // That it came is all that it says.
      }
    }
  }

  // ---- to meet

  private void hello(SetRecord there, boolean blankThere) throws IOException {
    theirs = there;
    SetRecord here = book.newest();
    if (blank() && blankThere) {
      if (!here.equals(there)) {
        apart();
      } else if (lost) {
        out.tell(PairSay.LOST);
      } else {
        agreed();
      }
    } else if (blankThere) {
      giveAll();
    } else if (here.equals(there)) {
      agreed();
    } else if (!blank() && here.version() >= there.version()) {
      SetRecord same = book.at(there.version());
      if (there.equals(same)) {
        giveFrom(there.version() + 1);
      } else {
        say(Kind.APART, 0, 0);
        apart();
      }
    }
    // Else the other is ahead: it gives what is lacking here, or says that we are apart.
  }

  private void giveFrom(long version) {
    book.from(version).forEach(r -> out.send(new PairMessage(Kind.ENTRY, r)));
    say(Kind.END, 0, 0);
  }

  private void giveAll() {
    say(Kind.REPLACE, 0, 0);
    giveFrom(Long.MIN_VALUE);
  }

  private void entry(SetRecord next) throws IOException {
    List<SetRecord> all = replacing;
    if (all != null) {
      all.add(next);
    } else if (state == PairState.APART) {
      // A part of what was refused.
      return;
    } else if (follows(next)) {
      overtaken(next);
    } else {
      out.hangUp();
    }
  }

  private boolean follows(SetRecord next) {
    SetRecord here = book.newest();
    return next.version() == here.version() + 1 && next.groupId() == here.groupId();
  }

  private void replace() {
    if (!blank() && state != PairState.APART) {
      out.hangUp();
    } else if (book.newest().active() == own) {
      say(Kind.REFUSED, PairMessage.ACTIVE, 0);
    } else {
      replacing = new ArrayList<>();
    }
  }

  private void end(SetRecord there) throws IOException {
    List<SetRecord> all = replacing;
    replacing = null;
    if (all != null) {
      boolean given = !blank();
      SetRecord here = book.newest();
      boolean above = there.version() > here.version() && there.epoch() > here.epoch();
      if (all.isEmpty() || !all.getLast().equals(there) || (given && !above)) {
        out.hangUp();
        return;
      }
      book.replace(all);
      lost = false;
      drop();
      out.decided(there);
      if (given) {
        out.tell(PairSay.GIVEN_UP_HERE);
      }
    } else if (state == PairState.APART) {
      // What was refused: the end of it.
      return;
    } else if (!book.newest().equals(there)) {
      out.hangUp();
      return;
    }
    say(Kind.CAUGHT_UP, 0, 0);
    agreed();
  }

  private void caughtUp(SetRecord there) throws IOException {
    if (book.newest().equals(there)) {
      if (state == PairState.APART) {
        out.tell(PairSay.GIVEN_UP_THERE);
      }
      agreed();
    } else if (there.equals(book.at(there.version()))) {
      // Decided alone meanwhile.
      giveFrom(there.version() + 1);
    } else {
      out.hangUp();
    }
  }

  private void apart() {
    if (state != PairState.APART) {
      state = PairState.APART;
      out.tell(PairSay.APART);
    }
  }

  /** Both journals end with the same decision. */
  private void agreed() throws IOException {
    boolean news = state != PairState.TOGETHER;
    if (book.alone() != null) {
      book.alone(null);
    }
    state = PairState.TOGETHER;
    if (news) {
      out.tell(PairSay.TOGETHER);
    }
    SetRecord mine = pending();
    if (mine != null && pairs(mine) && mine.proposalId() != asked) {
      // Of a former life, and not in the journal there: what is restored asks anew by itself.
      book.pending(null);
    } else if (mine != null) {
      out.send(new PairMessage(Kind.PREPARE, mine));
    }
  }

  /** It makes restored replicas a mirror, and needs the word of both. */
  private boolean pairs(SetRecord next) {
    return RestoredPair.is(book.newest(), next);
  }

  // ---- to decide

  /** What was asked for and is not decided; null if nothing. */
  private @Nullable SetRecord pending() {
    SetRecord p = book.pending();
    return p != null && follows(p) ? p : null;
  }

  /** The engine asks for a change; it may ask again. */
  void propose(SetRecord next) throws IOException {
    SetRecord here = book.newest();
    if (lost) {
      out.answer(next.proposalId(), Outcome.UNKNOWN, here);
    } else if (next.equals(book.at(next.version()))) {
      out.answer(next.proposalId(), Outcome.COMMITTED, here);
    } else if (!follows(next)) {
      out.answer(next.proposalId(), Outcome.REJECTED, here);
    } else if (book.alone() != null && pairs(next)) {
      // Nobody else can have given his word.
      out.answer(next.proposalId(), Outcome.UNKNOWN, here);
    } else if (book.alone() != null) {
      book.append(next);
      out.answer(next.proposalId(), Outcome.COMMITTED, next);
      if (state == PairState.APART && connected) {
        // Whose decisions are kept in the end must be above these.
        say(Kind.HELLO, 0, 0);
      }
    } else {
      SetRecord p = pending();
      if (p != null && pairs(p) && !p.equals(next)) {
        withdraw();
        return;
      }
      if (p == null) {
        book.pending(next);
        p = next;
      }
      if (p.equals(next)) {
        asked = next.proposalId();
      }
      // One of a former life goes first: it may be in the other's journal.
      if (state == PairState.TOGETHER) {
        out.send(new PairMessage(Kind.PREPARE, p));
      }
    }
  }

  /**
   * What restored replicas asked for does not hold any more; whether it stands, the meeting tells.
   */
  private void withdraw() {
    asked = 0;
    if (state == PairState.TOGETHER) {
      out.hangUp();
    }
  }

  private void prepare(SetRecord next) throws IOException {
    SetRecord p = pending();
    if (state != PairState.TOGETHER) {
      out.hangUp();
    } else if (next.equals(book.at(next.version()))) {
      out.send(new PairMessage(Kind.ACCEPTED, next));
    } else if (!follows(next)) {
      say(Kind.REFUSED, 0, next.proposalId());
    } else if (pairs(next) && !next.equals(p)) {
      // Not the word of this replica, or not yet: when it is given it is said, and found there.
      return;
    } else if (p != null && !p.equals(next) && first && !pairs(p)) {
      say(Kind.REFUSED, 0, next.proposalId());
    } else {
      overtaken(next);
      out.send(new PairMessage(Kind.ACCEPTED, next));
    }
  }

  /** A decision that was asked for elsewhere, or here and in a former life. */
  private void overtaken(SetRecord next) throws IOException {
    book.append(next);
    if (next.proposalId() == asked) {
      asked = 0;
      out.answer(next.proposalId(), Outcome.COMMITTED, next);
    } else {
      drop();
      out.decided(next);
    }
  }

  /** What this life has asked for cannot be decided any more. */
  private void drop() {
    if (asked != 0) {
      out.answer(asked, Outcome.REJECTED, book.newest());
      asked = 0;
    }
  }

  private void accepted(SetRecord next) throws IOException {
    if (state == PairState.TOGETHER && next.equals(pending())) {
      overtaken(next);
    }
  }

  private void refused(PairMessage m) {
    if ((m.flags() & PairMessage.ACTIVE) != 0) {
      out.tell(PairSay.STILL_ACTIVE_THERE);
      return;
    }
    SetRecord p = pending();
    if (p != null && p.proposalId() == m.proposalId() && m.record().version() >= p.version()) {
      // It has decided what we do not know: meet anew.
      out.hangUp();
    }
    // Else what it has asked for itself goes first, and is on its way.
  }

  // ---- the operator's words

  /** Why the word that the other is off is not taken here; null if it is. */
  @Nullable PairSay aloneRefusal(boolean force) {
    return lost && !force ? PairSay.LOST : null;
  }

  /**
   * The operator's word that the other side is off, when it was not heard of.
   *
   * @param word who says it, and when
   * @param base what to begin with if nothing is known here
   */
  void peerIsOff(PairBook.Word word, SetRecord base) throws IOException {
    if (lost) {
      book.replace(List.of(base));
      lost = false;
      out.decided(base);
    }
    book.alone(word);
    if (state != PairState.APART) {
      state = PairState.ALONE;
    }
    out.tell(PairSay.ALONE);
    decidePending();
  }

  /**
   * The operator's word that the decisions here count. Answered by GIVEN_UP_THERE, or by
   * STILL_ACTIVE_THERE, or never if the connection goes.
   *
   * @return false if the two are not apart, or not connected
   */
  boolean keepThis(PairBook.Word word) throws IOException {
    SetRecord there = theirs;
    if (state != PairState.APART || !connected || there == null || lost) {
      return false;
    }
    if (book.alone() == null) {
      book.alone(word);
    }
    decidePending();
    while (book.newest().version() <= there.version() || book.newest().epoch() <= there.epoch()) {
      lift();
    }
    drop();
    out.decided(book.newest());
    giveAll();
    return true;
  }

  /** The same decision once more, one version and one epoch later. */
  private void lift() throws IOException {
    SetRecord r = book.newest();
    book.append(
        new SetRecord(
            r.groupId(),
            r.version() + 1,
            r.epoch() + 1,
            r.active(),
            r.inSyncMask(),
            r.generation(),
            r.stamps(),
            entropy.getAsLong() | 1,
            r.holdId(),
            r.cutId(),
            r.cutStatus()));
  }
}

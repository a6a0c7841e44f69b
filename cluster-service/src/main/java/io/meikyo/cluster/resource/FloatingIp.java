// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.net.Announcer;
import io.meikyo.cluster.net.DuplicateCheck;
import io.meikyo.cluster.net.Placement;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An address that moves with its group: IPv4 or IPv6.
 *
 * <p>Start asks the network whether somebody has it, sets it, and tells everybody. Nothing here
 * waits for a process or a name server. The address is the state: whoever starts the cluster
 * service anew finds it where it is.
 */
public final class FloatingIp implements Resource {
  /** How long somebody else may answer for the address before the start fails. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration AGAIN = Duration.ofMillis(200);

  /**
   * What was asked so long ago is not believed any more: who speaks up later may not be heard when
   * the network is busy.
   */
  private static final Duration FRESH = Duration.ofSeconds(2);

  private static final int SCOPE_LINK = 253;

  private final Settings settings;
  private final InetAddress address;
  private final ScheduledExecutorService timer;
  private final Answers answers;
  private @Nullable Announcer announcer;
  private @Nullable Asked asked;

  /** What was asked before it was our turn; it hears whoever speaks up until then. */
  private record Asked(DuplicateCheck check, Network.Link link, long at) {}

  /**
   * What is configured.
   *
   * @param name of the resource
   * @param address written out, {@code 192.0.2.100} or {@code 2001:db8::100}
   * @param prefix bits of its network; 0: the address alone (32 or 128)
   * @param link name of the interface; empty: the one whose network contains the address
   * @param label name that old tools show, {@code eth0:fip}; empty: none. IPv4 only
   * @param force true: set it even if somebody else answers for it
   * @param needsCarrier true: without a cable it is not started
   * @param probes how many times the network is asked whether somebody has it; 0: not at all
   * @param probeInterval how long each question waits for an answer
   * @param announcements how many times everybody is told
   * @param announceInterval between the first two; then it doubles
   */
  public record Settings(
      String name,
      String address,
      int prefix,
      String link,
      String label,
      boolean force,
      boolean needsCarrier,
      int probes,
      Duration probeInterval,
      int announcements,
      Duration announceInterval) {

    /** The usual, for an address. */
    public static Settings of(String name, String address) {
      return new Settings(
          name,
          address,
          0,
          "",
          "",
          false,
          false,
          2,
          Duration.ofMillis(100),
          6,
          Duration.ofMillis(100));
    }
  }

  /**
   * Makes one; nothing happens yet.
   *
   * @param timer for the announcements; they are short
   * @throws IllegalArgumentException if the address is none
   */
  public FloatingIp(Settings settings, ScheduledExecutorService timer) {
    this.settings = settings;
    this.address = InetAddress.ofLiteral(settings.address());
    this.timer = timer;
    this.answers = new Answers(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  /** Asks whether somebody has it, and goes on listening; whoever has it may still let go of it. */
  @Override
  public void prepare(ActionContext context) {
    if (settings.probes() == 0) {
      return;
    }
    try {
      Placement host = Placement.now();
      Network.Link link = isFixed() ? host.link(settings.link()) : host.containing(address);
      if (link != null
          && link.up()
          && link.carrier()
          && speaks(link)
          && host.of(address).isEmpty()) {
        DuplicateCheck check =
            DuplicateCheck.begin(timer, link, address, settings.probes(), settings.probeInterval());
        expect(new Asked(check, link, System.nanoTime()));
        var _ = timer.schedule(check::close, 2 * FRESH.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (LinuxException e) {
      // The start will meet the same, and say so.
      expect(null);
    }
  }

  private synchronized void expect(@Nullable Asked now) {
    Asked old = asked;
    asked = now;
    if (old != null) {
      old.check.close();
    }
  }

  private synchronized @Nullable Asked asked(Network.Link link) {
    Asked now = asked;
    asked = null;
    if (now != null
        && (now.link.index() != link.index() || System.nanoTime() - now.at > FRESH.toNanos())) {
      now.check.close();
      return null;
    }
    return now;
  }

  @Override
  public ActionResult start(ActionContext context) {
    try {
      return start(context, Placement.now());
    } catch (LinuxException e) {
      return answers.failed(
          ResourceNotice.FIP_REFUSED, settings.address(), String.valueOf(e.getMessage()));
    }
  }

  private ActionResult start(ActionContext context, Placement host) throws LinuxException {
    Network.Link link = isFixed() ? host.link(settings.link()) : host.containing(address);
    for (Network.Address a : host.of(address)) {
      Network.Link at = host.link(a.link());
      if (at == null || (isFixed() && !at.name().equals(settings.link()))) {
        return answers.failed(
            ResourceNotice.FIP_ELSEWHERE,
            settings.address(),
            at == null ? "-" : at.name(),
            settings.link());
      }
      if ((a.flags() & Network.DUPLICATE) == 0) {
        announce(context, at);
        return answers.ok(ResourceNotice.FIP_UP_ALREADY, settings.address(), at.name());
      }
      // The kernel has found a duplicate and does not use it: as good as not there.
      Network.remove(a);
      link = at;
    }
    if (link != null) {
      return bring(context, link);
    }
    return isFixed()
        ? answers.failed(
            ResourceNotice.FIP_NO_LINK, settings.address(), settings.link(), host.sentence())
        : answers.failed(ResourceNotice.FIP_NO_NETWORK, settings.address(), host.sentence());
  }

  private boolean isFixed() {
    return !settings.link().isEmpty();
  }

  private ActionResult bring(ActionContext context, Network.Link link) throws LinuxException {
    if (!link.up()) {
      return answers.failed(ResourceNotice.FIP_LINK_OFF, settings.address(), link.name());
    }
    if (!link.carrier()) {
      if (settings.needsCarrier()) {
        return answers.failed(ResourceNotice.FIP_NO_CARRIER, settings.address(), link.name());
      }
      context.say(
          answers.notice(ResourceNotice.FIP_CARRIER_MISSING, settings.address(), link.name()));
    } else if (speaks(link) && settings.probes() > 0) {
      String owner = isFree(context, link) ? null : owner(context, link);
      if (owner != null && !settings.force()) {
        return answers.failed(ResourceNotice.FIP_DUPLICATE, settings.address(), owner, link.name());
      }
      if (owner != null) {
        context.say(
            answers.notice(ResourceNotice.FIP_FORCED, settings.address(), owner, link.name()));
      }
    }
    if (context.limit().isOver()) {
      return answers.over(context, "it is asked whether somebody has " + settings.address());
    }
    try {
      Network.add(entry(link));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    announce(context, link);
    return answers.ok(ResourceNotice.FIP_UP, settings.address(), link.name());
  }

  /** True if it was asked before, and nobody has spoken up since. */
  private boolean isFree(ActionContext context, Network.Link link) throws LinuxException {
    Asked before = asked(link);
    if (before == null) {
      return false;
    }
    try (DuplicateCheck check = before.check) {
      return check.isSilent(context.limit());
    }
  }

  /**
   * Who has the address; null: nobody. Whoever answers may be the former owner, on its way down or
   * stopped for a moment: he is given time to let go of it.
   */
  private @Nullable String owner(ActionContext context, Network.Link link) throws LinuxException {
    Limit patience = context.limit().within(PATIENCE);
    while (true) {
      String owner =
          DuplicateCheck.claimant(
              link, address, settings.probes(), settings.probeInterval(), context.limit());
      if (owner == null || settings.force() || !patience.pause(AGAIN)) {
        return owner;
      }
    }
  }

  /** Ethernet and what looks like it; a point-to-point link has no neighbours to ask. */
  private static boolean speaks(Network.Link link) {
    return link.resolves() && !link.loopback() && link.hardware().length() == 17;
  }

  private Network.Address entry(Network.Link link) {
    boolean six = address instanceof Inet6Address;
    int alone = address.getAddress().length * 8;
    return new Network.Address(
        link.index(),
        address,
        settings.prefix() == 0 ? alone : settings.prefix(),
        // We have asked already, and nobody can use it while the kernel asks again.
        six ? Network.NO_DUPLICATE_CHECK : 0,
        address.isLinkLocalAddress() ? SCOPE_LINK : 0,
        six ? "" : settings.label(),
        null,
        // What goes out of this host goes on to come from its own address.
        !six);
  }

  private void announce(ActionContext context, Network.Link link) {
    quiet();
    if (!speaks(link) || settings.announcements() == 0) {
      return;
    }
    try {
      keep(
          Announcer.begin(
              timer,
              link,
              address,
              settings.announcements(),
              settings.announceInterval(),
              why ->
                  context.say(
                      answers.notice(
                          ResourceNotice.FIP_NOT_ANNOUNCED,
                          settings.address(),
                          link.name(),
                          why))));
    } catch (LinuxException e) {
      context.say(
          answers.notice(
              ResourceNotice.FIP_NOT_ANNOUNCED,
              settings.address(),
              link.name(),
              String.valueOf(e.getMessage())));
    }
  }

  private synchronized void keep(Announcer now) {
    announcer = now;
  }

  private synchronized void quiet() {
    Announcer old = announcer;
    if (old != null) {
      old.close();
      announcer = null;
    }
  }

  @Override
  public ActionResult stop(ActionContext context) {
    quiet();
    expect(null);
    try {
      Placement before = Placement.now();
      List<Network.Address> there = before.of(address);
      for (Network.Address a : there) {
        remove(a);
        putBack(context, before, a);
      }
      return there.isEmpty()
          ? answers.ok(ResourceNotice.FIP_DOWN_ALREADY, settings.address())
          : answers.ok(ResourceNotice.FIP_DOWN, settings.address());
    } catch (LinuxException e) {
      return answers.failed(
          ResourceNotice.FIP_REFUSED, settings.address(), String.valueOf(e.getMessage()));
    }
  }

  private static void remove(Network.Address a) throws LinuxException {
    try {
      Network.remove(a);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EADDRNOTAVAIL) {
        throw e;
      }
    }
  }

  /**
   * The kernel takes with the first address of a network all others of it, unless it is told to
   * promote them. If the floating one was the first, the others come back.
   */
  private void putBack(ActionContext context, Placement before, Network.Address gone)
      throws LinuxException {
    if (address instanceof Inet6Address || (gone.flags() & Network.SECONDARY) != 0) {
      return;
    }
    List<Network.Address> after = Network.addresses();
    for (Network.Address a : before.addresses()) {
      boolean lost =
          a.link() == gone.link()
              && a.prefix() == gone.prefix()
              && (a.flags() & Network.SECONDARY) != 0
              && Placement.sameNetwork(a.address(), address, a.prefix())
              && after.stream()
                  .noneMatch(b -> b.address().equals(a.address()) && b.link() == a.link());
      if (lost) {
        Network.add(a);
        context.say(
            answers.notice(
                ResourceNotice.FIP_PUT_BACK,
                settings.address(),
                a.address().getHostAddress() + "/" + a.prefix()));
      }
    }
  }

  /** The same as {@link #stop}: it waits for nothing. */
  @Override
  public ActionResult stopHard(ActionContext context) {
    return stop(context);
  }

  @Override
  public Status probe(ActionContext context) {
    try {
      Placement host = Placement.now();
      List<Network.Address> there = host.of(address);
      if (there.isEmpty()) {
        return answers.stopped(ResourceNotice.FIP_NOT_HERE, settings.address());
      }
      Network.Address a = there.getFirst();
      Network.Link link = host.link(a.link());
      String at = link == null ? "-" : link.name();
      if ((a.flags() & Network.DUPLICATE) != 0) {
        return answers.broken(ResourceNotice.FIP_UNUSABLE, settings.address(), at);
      }
      if (link == null || !link.up()) {
        return answers.broken(ResourceNotice.FIP_LINK_OFF, settings.address(), at);
      }
      return isFixed() && !at.equals(settings.link())
          ? answers.broken(ResourceNotice.FIP_ELSEWHERE, settings.address(), at, settings.link())
          : answers.running(ResourceNotice.FIP_HERE, settings.address(), at);
    } catch (LinuxException e) {
      return answers.unknown(
          ResourceNotice.FIP_REFUSED, settings.address(), String.valueOf(e.getMessage()));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.StartMode;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.UUID;

/**
 * What a member must know before it has heard anybody: who it is and in which consensus group. A
 * file of lines {@code name=value}, replaced as a whole and durable before {@link #write} returns.
 *
 * @param clusterId the cluster
 * @param name this member, as in the configuration
 * @param incarnation rises when it comes back without its memory of its votes
 * @param life rises with each start of the service
 * @param group the consensus group it works in
 * @param founder true until it has made that group
 * @param consensus {@code host:port} where its log listens, for the others too
 * @param heartbeat {@code host:port} where it listens for heartbeats, several with commas between
 * @param startMode what it does at boot, as it was decided last
 * @param running whether the cluster service is started
 * @param bootId the boot of the machine in which {@code running} was written
 */
public record MemberJournal(
    UUID clusterId,
    String name,
    MemberRole role,
    int incarnation,
    long life,
    UUID group,
    boolean founder,
    String consensus,
    String heartbeat,
    StartMode startMode,
    boolean running,
    long bootId) {

  /** Reads the file; an {@link IOException} names what is wrong with it. */
  public static MemberJournal read(Path file) throws IOException {
    Properties p = new Properties();
    p.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
    try {
      return new MemberJournal(
          UUID.fromString(need(p, "clusterId")),
          need(p, "name"),
          MemberRole.valueOf(need(p, "role")),
          Integer.parseInt(need(p, "incarnation")),
          Long.parseLong(need(p, "life")),
          UUID.fromString(need(p, "group")),
          Boolean.parseBoolean(need(p, "founder")),
          need(p, "consensus"),
          need(p, "heartbeat"),
          StartMode.valueOf(need(p, "startMode")),
          Boolean.parseBoolean(need(p, "running")),
          Long.parseLong(need(p, "bootId")));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static String need(Properties p, String name) {
    String value = p.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  /** Replaces the file. */
  public void write(Path file) throws IOException {
    Properties p = new Properties();
    p.setProperty("clusterId", clusterId.toString());
    p.setProperty("name", name);
    p.setProperty("role", role.name());
    p.setProperty("incarnation", Integer.toString(incarnation));
    p.setProperty("life", Long.toString(life));
    p.setProperty("group", group.toString());
    p.setProperty("founder", Boolean.toString(founder));
    p.setProperty("consensus", consensus);
    p.setProperty("heartbeat", heartbeat);
    p.setProperty("startMode", startMode.name());
    p.setProperty("running", Boolean.toString(running));
    p.setProperty("bootId", Long.toString(bootId));
    StringWriter text = new StringWriter();
    p.store(text, null);
    WholeFile.write(file, text.toString());
  }

  /** The next life. */
  public MemberJournal reborn() {
    return with(life + 1, founder, startMode, running, bootId);
  }

  /** The group is made. */
  public MemberJournal settled() {
    return with(life, false, startMode, running, bootId);
  }

  /** Start mode and state, as they are now. */
  public MemberJournal in(StartMode mode, boolean runs, long boot) {
    return with(life, founder, mode, runs, boot);
  }

  /** It works in another consensus group, in which it did not vote before. */
  public MemberJournal movedTo(UUID next) {
    return new MemberJournal(
        clusterId,
        name,
        role,
        incarnation,
        life,
        next,
        false,
        consensus,
        heartbeat,
        startMode,
        running,
        bootId);
  }

  private MemberJournal with(
      long nextLife, boolean isFounder, StartMode mode, boolean runs, long boot) {
    return new MemberJournal(
        clusterId,
        name,
        role,
        incarnation,
        nextLife,
        group,
        isFounder,
        consensus,
        heartbeat,
        mode,
        runs,
        boot);
  }

  /** The id under which it votes. */
  public String voterId() {
    return name + "#" + incarnation;
  }

  /** The name in a voter's id. */
  public static String nameOf(String voterId) {
    int hash = voterId.indexOf('#');
    return hash < 0 ? voterId : voterId.substring(0, hash);
  }
}

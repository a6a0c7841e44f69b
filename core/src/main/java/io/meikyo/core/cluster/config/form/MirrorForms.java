// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static io.meikyo.core.cluster.config.form.FormTypes.FLAG;
import static io.meikyo.core.cluster.config.form.FormTypes.HOST_PORT;
import static io.meikyo.core.cluster.config.form.FormTypes.NAME;
import static io.meikyo.core.cluster.config.form.FormTypes.PATH;
import static io.meikyo.core.cluster.config.form.FormTypes.PORT;
import static io.meikyo.core.cluster.config.form.FormTypes.millis;
import static io.meikyo.core.cluster.config.form.FormTypes.text;

import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.partition.Identity;

/** The keys of mirror disks. */
final class MirrorForms {
  static final int MIRRORS_MAX = 32;

  private static final long MIB = 1L << 20;
  private static final long TIB = 1L << 40;

  private static final Form REPLICA =
      Form.form("mirror.replica", "One server's copy of the mirror disk.")
          .rows(Need.NEW, Need.NEW)
          .required("server", NAME, Need.NEW, "The server that has it.")
          .required("data", PATH, Need.AGENT, "Its data partition.")
          .required("cluster", PATH, Need.AGENT, "Its cluster partition.")
          .derived(
              "number",
              new KeyType.Whole(0, Identity.REPLICAS_MAX - 1),
              "its place in the list, from 0",
              Need.NEW,
              "Its number, which is written on its cluster partition and never changes.")
          .derived(
              "link",
              new KeyType.Many(HOST_PORT, 1, 4),
              "the server's `mirror-connect`, port `port`",
              Need.AGENT,
              "Where its mirror agent listens for the other one, best first.")
          .end();

  static final Form MIRROR =
      Form.form("mirror", "One mirror disk.")
          .rows(Need.AGENT, Need.AGENT)
          .required("name", NAME, Need.NEW, "Its name.")
          .unset(
              "size",
              new KeyType.Size(MIB, 1024 * TIB),
              "as large as the smaller data partition",
              Need.NEW,
              "Its size.")
          .standard(
              "mode",
              KeyType.OneOf.of(MirrorDisk.Sync.class),
              MirrorDisk.Sync.SYNC.word(),
              Need.AGENT,
              "When a write is acknowledged: written on both servers, or here and queued.")
          .standard(
              "async-queue",
              new KeyType.Size(MIB, 16L << 30),
              "256MiB",
              Need.AGENT,
              "Asynchronous: acknowledged writes kept in memory.")
          .standard(
              "async-history",
              new KeyType.Size(0, 64 * TIB),
              "4GiB",
              Need.AGENT,
              "Asynchronous: acknowledged writes kept on disk, beyond the queue.")
          .standard(
              "initial-construction",
              FLAG,
              true,
              Need.NOTHING,
              "Whether restored replicas must be copied in full too. Off: clprestore.sh --skip-copy"
                  + " may be used. A new pair is always compared in full.")
          .standard(
              "initial-mkfs",
              KeyType.OneOf.of(MirrorDisk.InitialFs.class),
              MirrorDisk.InitialFs.NONE.word(),
              Need.NOTHING,
              "File system that is made on a new pair.")
          .standard(
              "trusted-link",
              FLAG,
              false,
              Need.AGENT,
              "True: the link is not encrypted; whoever is on its network can read and change all.")
          .standard(
              "front-end",
              KeyType.OneOf.of(MirrorDisk.FrontEnd.class),
              MirrorDisk.FrontEnd.AUTO.word(),
              Need.GROUP,
              "How it becomes a block device.")
          .derived(
              "device",
              PATH,
              "`/dev/meikyo/` and its name",
              Need.GROUP,
              "Link under which the block device appears.")
          .unset(
              "nbd",
              text(TextRule.ENDPOINT),
              "nowhere",
              Need.AGENT,
              "Where NBD clients find it on its active server.")
          .unset(
              "recovery-rate",
              new KeyType.Size(1024, TIB),
              "as fast as the application allows",
              Need.NOTHING,
              "Ceiling of recovery, per second.")
          .standard("port", PORT, 7760L, Need.AGENT, "Port of its link on every server.")
          .standard(
              "snapshot-provider",
              KeyType.OneOf.of(MirrorDisk.Provider.class),
              MirrorDisk.Provider.BUILT_IN.word(),
              Need.AGENT,
              "Who takes its snapshots for backups.")
          .unset(
              "snapshot-folder",
              PATH,
              "built-in: in the state of the mirror agent; reflink: that of the data partition",
              Need.AGENT,
              "Where they are. Built-in: not on a mirror disk; reflink: on the file system of the data"
                  + " partition.")
          .unset(
              "snapshot-cap",
              new KeyType.Size(64 << 10, TIB),
              "a tenth of the disk, at least 64MiB, at most 16GiB",
              Need.AGENT,
              "Built-in: most bytes of one store. One that is full is dropped, and the backup fails.")
          .unset(
              "snapshot-script", PATH, "none", Need.AGENT, "Script: the program that takes them.")
          .standard(
              "snapshot-timeout",
              millis(100, 60_000),
              "5s",
              Need.AGENT,
              "How long taking one may last; built-in ones need none.")
          .required(
              "replica",
              new KeyType.Rows(REPLICA, 1, Identity.REPLICAS_MAX),
              Need.NEW,
              REPLICA.about())
          .end();

  private MirrorForms() {}
}

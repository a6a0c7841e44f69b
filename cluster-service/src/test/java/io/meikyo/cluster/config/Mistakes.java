// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.form.FormNotice;
import io.meikyo.core.cluster.config.rules.RuleNotice;
import io.meikyo.core.notice.NoticeCode;
import java.util.List;
import java.util.stream.Stream;

/** Configurations with one mistake each. */
final class Mistakes {
  private static final String MD2 =
      """
      [[mirror]]
      name = "md2"
      port = 7761
      replica = [
        { server = "server1", data = "/dev/sdc2", cluster = "/dev/sdc1" },
        { server = "server2", data = "/dev/sdc2", cluster = "/dev/sdc1" },
      ]
      """;

  /**
   * One mistake.
   *
   * @param code what is found
   * @param path where
   * @param near a word of the message
   * @param text the whole configuration
   */
  record Mistake(NoticeCode code, String path, String near, String text) {
    @Override
    public String toString() {
      return code + " at " + path;
    }

    Mistake replaceOnce(String old, String replacement) {
      return new Mistake(code, path, near, Samples.with(text, old, replacement));
    }
  }

  private static Mistake change(
      NoticeCode code, String path, String near, String old, String replacement) {
    return new Mistake(code, path, near, Samples.with(Samples.EXAMPLE, old, replacement));
  }

  private static Mistake more(NoticeCode code, String path, String near, String added) {
    return new Mistake(code, path, near, Samples.EXAMPLE + added);
  }

  private static Stream<Mistake> form() {
    return Stream.of(
        change(FormNotice.UNKNOWN, "cluster.colour", "name", "[cluster]", "[cluster]\ncolour = 1"),
        change(
            FormNotice.UNKNOWN_NEAR,
            "mirror[md1].init-construction",
            "initial-construction",
            "initial-construction",
            "init-construction"),
        change(
            FormNotice.OTHER_KIND,
            "group[failover1].resource[fip1].mount",
            "\"fs\"",
            "address = \"10.77.0.100\"",
            "address = \"10.77.0.100\"\nmount = \"/x\""),
        change(
            FormNotice.MISSING, "server[server2].address", "/24", "address = \"10.77.0.2/24\"", ""),
        change(FormNotice.MISSING, "cluster", "[cluster]", "[cluster]\nname = \"cluster1\"", ""),
        change(
            FormNotice.BAD,
            "server[server2].address",
            "10.77.0.300/24",
            "10.77.0.2/24",
            "10.77.0.300/24"),
        change(FormNotice.BAD, "cluster.name", "{…}", "name = \"cluster1\"", "name = {}"),
        change(
            FormNotice.BAD,
            "group[#1].name",
            "{…}",
            "name = \"failover1\"",
            "[group.name]\n[[group.name.x]]"),
        change(
            FormNotice.BAD_NEAR,
            "server[server2].address",
            "\"10.77.0.2/24\"",
            "10.77.0.2/24",
            "10.77.0.2"),
        change(
            FormNotice.BAD_NEAR,
            "mirror[md1].initial-construction",
            "false",
            "initial-construction = false",
            "initial-construction = \"off\""),
        more(FormNotice.BAD_NEAR, "timing.heartbeat", "\"500ms\"", "[timing]\nheartbeat = 500\n"),
        more(FormNotice.BAD_NEAR, "timing.lease-ttl", "\"3s\"", "[timing]\nlease-ttl = \"3 s\"\n"),
        more(FormNotice.BAD_NEAR, "timing.profile", "\"fast\"", "[timing]\nprofile = \"Fats\"\n"),
        more(FormNotice.BAD_NEAR, "ports.api", "8000", "[ports]\napi = \"8000\"\n"),
        more(FormNotice.BAD, "ports.api", "1024", "[ports]\napi = 80\n"),
        more(
            FormNotice.BAD_NEAR,
            "group[g2].resource[s].unit",
            "x.service",
            "[[group]]\nname = \"g2\"\n[[group.resource]]\nname = \"s\"\nkind = \"service\"\nunit = \"x\"\n"),
        change(
            FormNotice.BAD_NEAR,
            "server[server1].interconnect",
            "[\"192.168.10.1\"]",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            "interconnect = \"192.168.10.1\""),
        change(
            FormNotice.BAD_NEAR,
            "server[server1].interconnect[#2]",
            "10.77.0.1",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1/24\"]"),
        change(
            FormNotice.TOO_FEW,
            "server[server1].interconnect",
            "0",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            "interconnect = []"),
        change(
            FormNotice.TOO_MANY,
            "server[server1].interconnect",
            "5",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            "interconnect = [\"1.1.1.1\", \"1.1.1.2\", \"1.1.1.3\", \"1.1.1.4\", \"1.1.1.5\"]"),
        change(
            FormNotice.TWICE,
            "server[server1].interconnect[#2]",
            "192.168.10.1",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            "interconnect = [\"192.168.10.1\", \"192.168.10.1\"]"),
        change(
            FormNotice.BAD,
            "group[failover1].resource[service1].environment.A-B",
            "A-B",
            "kind = \"script\"",
            "kind = \"script\"\nenvironment = { A-B = \"1\" }"));
  }

  private static Stream<Mistake> servers() {
    return Stream.of(
        change(
            RuleNotice.NAME_TAKEN,
            "server[server1].name",
            "server1",
            "[[server]]\nname = \"server2\"",
            "[[server]]\nname = \"server1\""),
        change(
            RuleNotice.USED_TWICE,
            "server[server2].address",
            "10.77.0.1",
            "10.77.0.2/24",
            "10.77.0.1/24"),
        change(
            RuleNotice.USED_TWICE,
            "server[server2].interconnect[#1]",
            "server1",
            "interconnect = [\"192.168.10.2\"",
            "interconnect = [\"192.168.10.1\""),
        change(
            RuleNotice.USED_TWICE,
            "server[server2].mirror-connect[#1]",
            "server1",
            "mirror-connect = [\"192.168.10.2\"",
            "mirror-connect = [\"192.168.10.1\""),
        change(
            RuleNotice.USED_TWICE,
            "group[failover1].resource[fip1].address",
            "server2",
            "10.77.0.100",
            "10.77.0.2"),
        more(
            RuleNotice.USED_TWICE,
            "ports.heartbeat",
            "server1 consensus",
            "[ports]\nheartbeat = 7701\n"),
        more(
            RuleNotice.USED_TWICE,
            "server[server1].api",
            "server1 consensus",
            "[ports]\napi = 7701\n"),
        more(
            RuleNotice.USED_TWICE,
            "mirror[md1].replica[server1].link",
            "server1 consensus",
            "[ports]\nconsensus = 7760\n"),
        more(
            RuleNotice.ORDER,
            "timing.lease-ttl",
            "heartbeat",
            "[timing]\nlease-ttl = \"900ms\"\nheartbeat = \"500ms\"\nlease-renew = \"100ms\"\n"),
        more(
            RuleNotice.ORDER,
            "timing.lease-ttl",
            "lease-renew",
            "[timing]\nlease-renew = \"1500ms\"\n"),
        more(RuleNotice.ORDER, "timing.suspect", "heartbeat", "[timing]\nsuspect = \"400ms\"\n"),
        more(
            RuleNotice.ORDER,
            "timing.election-max",
            "election-min",
            "[timing]\nelection-min = \"2s\"\n"),
        change(
            RuleNotice.ONE_INTERCONNECT,
            "server[server1].interconnect",
            "",
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]",
            ""),
        change(
            RuleNotice.WITNESS_ON_SERVER,
            "witness.url",
            "server2",
            "https://witness.example:7704",
            "https://user@10.77.0.2:7704/x"),
        change(
            RuleNotice.WITNESS_ON_SERVER,
            "witness.url",
            "server1",
            "https://witness.example:7704",
            "https://server1/"),
        change(
            RuleNotice.WITNESS_ON_SERVER,
            "witness.address",
            "server1",
            "kind = \"http\"\nurl = \"https://witness.example:7704\"",
            "kind = \"voter\"\naddress = \"192.168.10.1:7709\""),
        change(
            RuleNotice.NAME_TAKEN,
            "witness.name",
            "server2",
            "kind = \"http\"\nurl = \"https://witness.example:7704\"",
            "kind = \"voter\"\nname = \"server2\"\naddress = \"w.example:7709\""),
        change(
            RuleNotice.WITNESS_MISSING,
            "arbitration.kind",
            "",
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"",
            "[arbitration]\nkind = \"http-witness\""),
        more(
            RuleNotice.WITNESS_UNUSED,
            "arbitration.kind",
            "operator",
            "[arbitration]\nkind = \"operator\"\n"),
        change(
            RuleNotice.ARBITRATION_WEAK,
            "arbitration.kind",
            "",
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"",
            "[arbitration]\nkind = \"ping\"\ntargets = [\"10.77.0.254\"]"),
        change(
            RuleNotice.TARGET_INSIDE,
            "arbitration.targets[#1]",
            "server2",
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"",
            "[arbitration]\nkind = \"ping\"\ntargets = [\"192.168.10.2\"]"),
        change(
            RuleNotice.ARBITRATION_NONE,
            "arbitration.kind",
            "operator",
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"",
            ""),
        change(
            RuleNotice.VOTERS_EVEN,
            "witness",
            "4",
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"",
            """
            [[server]]
            name = "server3"
            address = "10.77.0.3/24"
            interconnect = ["192.168.10.3", "10.77.0.3"]
            [witness]
            kind = "voter"
            address = "w.example:7709"
            """));
  }

  private static Stream<Mistake> mirrors() {
    String second =
        "[[mirror.replica]]\nserver = \"server2\"\ncluster = \"/dev/sdb1\"\ndata = \"/dev/sdb2\"";
    return Stream.of(
        change(RuleNotice.MIRROR_ALONE, "mirror[md1].replica", "md1", second, ""),
        change(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "mirror[md1].replica[serwer2].server",
            "server2",
            second,
            second.replace("server2", "serwer2")),
        change(
            RuleNotice.USED_TWICE,
            "mirror[md1].replica[server1].server",
            "server1",
            second,
            second.replace("server2", "server1")),
        change(
            RuleNotice.USED_TWICE,
            "mirror[md1].replica[server2].cluster",
            "/dev/sdb1",
            second,
            second.replace("sdb2", "sdb1")),
        change(
            RuleNotice.USED_TWICE,
            "mirror[md1].replica[server2].number",
            "0",
            second,
            second + "\nnumber = 0"),
        change(
            RuleNotice.LINK_PORTS,
            "mirror[md1].replica[server2].link",
            "7761",
            second,
            second + "\nlink = [\"192.168.10.2:7760\", \"10.77.0.2:7761\"]"),
        more(
            RuleNotice.USED_TWICE_FREE,
            "mirror[md2].port",
            "port = 7761",
            MD2.replace("port = 7761", "")),
        more(
            RuleNotice.USED_TWICE,
            "mirror[md2].replica[server1].data",
            "md1 server1",
            MD2.replace("sdc2", "sdb2")),
        more(RuleNotice.NAME_TAKEN, "mirror[md1].name", "md1", MD2.replace("md2", "md1")),
        more(
            RuleNotice.USED_TWICE,
            "mirror[md2].device",
            "md1",
            MD2.replace("port = 7761", "port = 7761\ndevice = \"/dev/meikyo/md1\"")),
        more(RuleNotice.MIRROR_UNUSED, "mirror[md2].name", "md2", MD2),
        change(
            RuleNotice.LINK_TRUSTED,
            "mirror[md1].trusted-link",
            "md1",
            "initial-construction = false",
            "trusted-link = true"),
        change(
            RuleNotice.NOT_YET,
            "mirror[md1].mode",
            "",
            "initial-construction = false",
            "mode = \"async\""),
        more(RuleNotice.NOT_YET, "hooks", "", "[hooks]\nafter-thaw = \"/x\"\n"));
  }

  private static Stream<Mistake> groups() {
    String fs = "kind = \"fs\"\n";
    return Stream.of(
        more(
            RuleNotice.NAME_TAKEN,
            "group[failover1].name",
            "failover1",
            "[[group]]\nname = \"failover1\"\n[[group.resource]]\nname = \"f9\"\nkind = \"fip\"\naddress = \"10.77.0.9\"\n"),
        more(
            RuleNotice.NAME_TAKEN,
            "group[g2].resource[fip1].name",
            "fip1",
            "[[group]]\nname = \"g2\"\n[[group.resource]]\nname = \"fip1\"\nkind = \"fip\"\naddress = \"10.77.0.9\"\n"),
        change(
            RuleNotice.NAME_UNKNOWN,
            "group[failover1].servers[#1]",
            "server1, server2",
            "name = \"failover1\"",
            "name = \"failover1\"\nservers = [\"other\", \"server1\"]"),
        change(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "group[failover1].servers[#1]",
            "server2",
            "name = \"failover1\"",
            "name = \"failover1\"\nservers = [\"servre2\", \"server1\"]"),
        change(
            RuleNotice.GROUP_ON_ONE,
            "group[failover1].servers",
            "server1",
            "name = \"failover1\"",
            "name = \"failover1\"\nservers = [\"server1\"]"),
        change(
            RuleNotice.ITSELF,
            "group[failover1].wait-for[#1]",
            "failover1",
            "name = \"failover1\"",
            "name = \"failover1\"\nwait-for = [\"failover1\"]"),
        change(
            RuleNotice.ITSELF,
            "group[failover1].resource[fs1].depends-on[#2]",
            "fs1",
            fs,
            fs + "depends-on = [\"md1\", \"fs1\"]\n"),
        change(
            RuleNotice.NAME_UNKNOWN,
            "group[failover1].exclusive-with[#1]",
            "failover1",
            "name = \"failover1\"",
            "name = \"failover1\"\nexclusive-with = [\"other\"]"),
        new Mistake(
            RuleNotice.CYCLE,
            "group[failover1].wait-for",
            "failover1 → g2 → failover1",
            Samples.with(
                    Samples.EXAMPLE,
                    "name = \"failover1\"",
                    "name = \"failover1\"\nwait-for = [\"g2\"]")
                + "[[group]]\nname = \"g2\"\nwait-for = [\"failover1\"]\n[[group.resource]]\nname = \"f9\"\nkind = \"fip\"\naddress = \"10.77.0.9\"\n"),
        change(
                RuleNotice.CYCLE,
                "group[failover1].resource[fip1].depends-on",
                "fip1 → fs1 → fip1",
                "address = \"10.77.0.100\"\n",
                "address = \"10.77.0.100\"\ndepends-on = [\"fs1\"]\n#")
            .replaceOnce(fs, fs + "depends-on = [\"md1\", \"fip1\"]\n"),
        more(
            RuleNotice.OTHER_GROUP,
            "group[g2].resource[f9].depends-on[#1]",
            "wait-for",
            "[[group]]\nname = \"g2\"\n[[group.resource]]\nname = \"f9\"\nkind = \"fip\"\naddress = \"10.77.0.9\"\ndepends-on = [\"md1\"]\n"),
        change(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "group[failover1].resource[fs1].depends-on[#2]",
            "fip1",
            fs,
            fs + "depends-on = [\"md1\", \"fpi1\"]\n"),
        change(
            RuleNotice.FIP_OUTSIDE,
            "group[failover1].resource[fip1].address",
            "10.99.0.100/24",
            "10.77.0.100",
            "10.99.0.100"),
        change(
            RuleNotice.FIP_OUTSIDE,
            "group[failover1].resource[fip1].address",
            "fd00::9/64",
            "10.77.0.100",
            "fd00::9"),
        change(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "group[failover1].resource[md1].mirror",
            "md1",
            "kind = \"md\"",
            "kind = \"md\"\nmirror = \"md2\""),
        more(
            RuleNotice.USED_TWICE,
            "group[g2].resource[again].mirror",
            "md1",
            "[[group]]\nname = \"g2\"\n[[group.resource]]\nname = \"again\"\nkind = \"md\"\nmirror = \"md1\"\n"),
        new Mistake(
            RuleNotice.SERVER_WITHOUT_MIRROR,
            "group[failover1].servers[#3]",
            "server3",
            Samples.with(
                    Samples.EXAMPLE,
                    "[witness]",
                    "[[server]]\nname = \"server3\"\naddress = \"10.77.0.3/24\"\n\n[witness]")
                .replace(
                    "name = \"failover1\"",
                    "name = \"failover1\"\nservers = [\"server1\", \"server2\", \"server3\"]")),
        change(
            RuleNotice.FS_DEVICE,
            "group[failover1].resource[fs1].device",
            "",
            "[[group.resource]]\nname = \"md1\"\nkind = \"md\"\n",
            ""),
        change(
            RuleNotice.SNAPSHOT_SCRIPT,
            "mirror[md1].snapshot-provider",
            "snapshot-script",
            "initial-construction = false",
            "snapshot-provider = \"script\""),
        change(
            RuleNotice.SNAPSHOT_UNUSED,
            "mirror[md1].snapshot-folder",
            "lvm-thin",
            "initial-construction = false",
            "snapshot-provider = \"lvm-thin\"\nsnapshot-folder = \"/f\""),
        change(
            RuleNotice.SNAPSHOT_UNUSED,
            "mirror[md1].snapshot-cap",
            "reflink",
            "initial-construction = false",
            "snapshot-provider = \"reflink\"\nsnapshot-cap = \"1GiB\""),
        change(
            RuleNotice.FS_ON_NBD,
            "group[failover1].resource[fs1].device",
            "md1",
            "initial-construction = false",
            "front-end = \"nbd\""),
        change(
            RuleNotice.FS_BEFORE_MD,
            "group[failover1].resource[fs1].depends-on",
            "md1",
            fs,
            fs + "depends-on = [\"fip1\"]\n"),
        change(RuleNotice.FS_ROOT, "group[failover1].resource[fs1].mount", "", "/srv/md1", "/"),
        more(
            RuleNotice.USED_TWICE,
            "group[g2].resource[fs2].mount",
            "fs1",
            "[[group]]\nname = \"g2\"\n[[group.resource]]\nname = \"fs2\"\nkind = \"fs\"\ndevice = \"/dev/sdz\"\nmount = \"/srv/md1\"\n"));
  }

  private static Stream<Mistake> monitors() {
    return Stream.of(
        more(
            RuleNotice.NAME_TAKEN,
            "monitor[mdw1].name",
            "mdw",
            "[[monitor]]\nname = \"mdw1\"\nkind = \"nic\"\ninterface = \"eth0\"\n"),
        more(
            RuleNotice.NAME_TAKEN,
            "monitor[n].name",
            "[[monitor]]",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\n".repeat(2)),
        more(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "monitor[n].target",
            "fip1",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\ntarget = \"fip9\"\n"),
        more(
            RuleNotice.NAME_UNKNOWN,
            "monitor[n].recover",
            "failover1",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\nrecover = \"nobody-there\"\n"),
        more(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "monitor[n].servers[#1]",
            "server1",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\nservers = [\"server9\"]\n"),
        more(
            RuleNotice.NAME_UNKNOWN_NEAR,
            "monitor[n].mirror",
            "md1",
            "[[monitor]]\nname = \"n\"\nkind = \"mdw\"\nmirror = \"md9\"\n"),
        more(
            RuleNotice.SERVER_WITHOUT_MIRROR,
            "monitor[n].servers[#2]",
            "server3",
            "[[server]]\nname = \"server3\"\naddress = \"10.77.0.3/24\"\n"
                + "[[monitor]]\nname = \"n\"\nkind = \"mdw\"\nmirror = \"md1\"\nservers = [\"server1\", \"server3\"]\n"),
        more(
            RuleNotice.FIPW_TARGET,
            "monitor[n].target",
            "fip1",
            "[[monitor]]\nname = \"n\"\nkind = \"fipw\"\n"),
        more(
            RuleNotice.FIPW_TARGET,
            "monitor[n].target",
            "fip1",
            "[[monitor]]\nname = \"n\"\nkind = \"fipw\"\ntarget = \"md1\"\n"),
        more(
            RuleNotice.ACTIVE_WITHOUT_TARGET,
            "monitor[n].timing",
            "",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\ntiming = \"active\"\n"),
        more(
            RuleNotice.ORDER,
            "monitor[n].back-off-max",
            "back-off",
            "[[monitor]]\nname = \"n\"\nkind = \"nic\"\ninterface = \"eth0\"\nback-off-max = \"1s\"\n"),
        more(
            RuleNotice.ORDER,
            "monitor[n].max",
            "min",
            "[[monitor]]\nname = \"n\"\nkind = \"process\"\ncommand = \"x\"\nmin = 3\nmax = 2\n"),
        more(
            RuleNotice.ORDER,
            "monitor[n].status-max",
            "status-min",
            "[[monitor]]\nname = \"n\"\nkind = \"http\"\nurl = \"http://x\"\nstatus-max = 100\n"));
  }

  static List<Mistake> all() {
    return Stream.of(form(), servers(), mirrors(), groups(), monitors()).flatMap(s -> s).toList();
  }

  private Mistakes() {}
}

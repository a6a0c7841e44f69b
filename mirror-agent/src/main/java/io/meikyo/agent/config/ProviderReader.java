// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import io.meikyo.agent.snapshot.ProviderSpec;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.core.cluster.config.form.Units;
import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads who takes the snapshots of a mirror disk, and where the built-in ones are kept. */
final class ProviderReader {
  private static final String PROVIDER = "snapshot-provider";
  private static final String FOLDER = "snapshot-folder";
  private static final String SCRIPT = "snapshot-script";
  private static final String TIMEOUT = "snapshot-timeout";
  private static final String CAP = "snapshot-cap";
  private static final long CAP_LEAST = 64 << 10;
  private static final long TIMEOUT_LEAST = 100_000_000L;
  private static final long TIMEOUT_MOST = 60_000_000_000L;

  private final Path file;
  private final List<Notice> notices;

  /**
   * For a file.
   *
   * @param notices takes what is wrong
   */
  ProviderReader(Path file, List<Notice> notices) {
    this.file = file;
    this.notices = notices;
  }

  /**
   * What a mirror disk's table says.
   *
   * @param place of the built-in ones
   */
  record Chosen(ProviderSpec provider, SnapshotPlace place) {}

  /**
   * What a mirror disk's table says; the built-in one if it says something wrong.
   *
   * @param usual place where it says none
   */
  Chosen read(TomlTable t, SnapshotPlace usual) {
    int before = notices.size();
    ProviderSpec.Kind kind = kind(t);
    boolean builtIn = kind == ProviderSpec.Kind.BUILT_IN;
    boolean script = kind == ProviderSpec.Kind.SCRIPT;
    Path folder =
        path(t, FOLDER, builtIn || kind == ProviderSpec.Kind.REFLINK, "built-in or reflink");
    long cap = cap(t, builtIn, usual.capBytes());
    Path program = path(t, SCRIPT, script, "script");
    if (script && !t.contains(SCRIPT)) {
      bad(t, PROVIDER, kind.word(), "script only together with " + SCRIPT);
    }
    long nanos = nanos(t);
    if (notices.size() > before) {
      return new Chosen(ProviderSpec.BUILT_IN, usual);
    }
    return builtIn
        ? new Chosen(
            ProviderSpec.BUILT_IN, new SnapshotPlace(folder == null ? usual.folder() : folder, cap))
        : new Chosen(new ProviderSpec(kind, folder, program, nanos), usual);
  }

  private long cap(TomlTable t, boolean belongs, long usual) {
    Object value = t.get(CAP);
    if (value == null) {
      return usual;
    }
    if (!belongs) {
      bad(t, CAP, value, "nothing, unless " + PROVIDER + " is built-in");
      return usual;
    }
    long cap = value instanceof String text ? Units.bytes(text) : -1;
    if (cap < CAP_LEAST) {
      bad(t, CAP, value, "a size of at least 64KiB, such as 20GiB");
    }
    return cap;
  }

  private ProviderSpec.Kind kind(TomlTable t) {
    Object value = t.get(PROVIDER);
    if (value == null) {
      return ProviderSpec.Kind.BUILT_IN;
    }
    for (ProviderSpec.Kind kind : ProviderSpec.Kind.values()) {
      if (kind.word().equals(value)) {
        return kind;
      }
    }
    bad(t, PROVIDER, value, "built-in, reflink, lvm-thin or script");
    return ProviderSpec.Kind.BUILT_IN;
  }

  private @Nullable Path path(TomlTable t, String key, boolean belongs, String provider) {
    Object value = t.get(key);
    if (value == null) {
      return null;
    }
    if (!belongs) {
      bad(t, key, value, "nothing, unless " + PROVIDER + " is " + provider);
      return null;
    }
    if (value instanceof String s && s.startsWith("/") && s.indexOf('\0') < 0) {
      return Path.of(s);
    }
    bad(t, key, value, "a path from the root");
    return null;
  }

  private long nanos(TomlTable t) {
    Object value = t.get(TIMEOUT);
    if (value == null) {
      return ProviderSpec.USUAL_NANOS;
    }
    long nanos = value instanceof String text ? Units.nanos(text) : -1;
    if (nanos < TIMEOUT_LEAST || nanos > TIMEOUT_MOST) {
      bad(t, TIMEOUT, value, "a time from 100ms to 60s");
    }
    return nanos;
  }

  private void bad(TomlTable t, String key, Object value, String wanted) {
    TomlPosition at = t.inputPositionOf(key);
    int line = at == null ? 1 : at.line();
    notices.add(Notice.of(ConfigNotice.BAD_VALUE, file, line, key, value, wanted));
  }
}

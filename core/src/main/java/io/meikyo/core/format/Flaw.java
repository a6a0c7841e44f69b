// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

/** Why bytes were not accepted. */
public enum Flaw {
  /** Fewer bytes than the structure has. */
  SHORT,
  /** Not one of Meikyo's structures. */
  FOREIGN,
  /** One of Meikyo's structures, but not the kind that belongs here. */
  OTHER_KIND,
  /** Whole, and made by a newer Meikyo: this one cannot know what it means. */
  NEWER_VERSION,
  /** The checksum does not match: damaged, or written over by something else. */
  CHECKSUM,
  /** Each part is whole, but they come from two writes: the newer one was cut off. */
  TORN,
  /** Whole, but of another partition or of an earlier life of this one. */
  OTHER_PARTITION,
  /** Whole, but it belongs to another place of the same partition. */
  MISPLACED,
  /** A length or count is beyond its limit. */
  LENGTH,
  /** A field has a value that it cannot have. */
  VALUE,
  /** The disk could not read it. */
  UNREADABLE
}

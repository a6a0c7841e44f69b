// SPDX-License-Identifier: Apache-2.0
/**
 * Which keys the configuration has: one table, {@code ConfigForms}, from which the reader, the
 * published JSON Schema, the documentation and the comparison of two configurations are made.
 *
 * <p>Promises: whatever tree of values comes in, {@code FormCheck} names everything that is wrong
 * with its place, and gives a tree that can be bound. Knows nothing of TOML: a reader makes a
 * {@code RawNode} of its text.
 */
@NullMarked
package io.meikyo.core.cluster.config.form;

import org.jspecify.annotations.NullMarked;

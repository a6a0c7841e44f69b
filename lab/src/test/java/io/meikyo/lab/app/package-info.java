// SPDX-License-Identifier: Apache-2.0
/** The ledger as a process, on this machine's loopback. */
@org.jspecify.annotations.NullMarked
package io.meikyo.lab.app;

// SPDX-License-Identifier: Apache-2.0
/**
 * The NBD front end: serves {@link io.meikyo.agent.block.BlockService}s to foreign clients by the
 * public NBD protocol (fixed newstyle, structured replies).
 *
 * <pre>
 *  pure:  Session ── Handshake ── OptionData      bytes in; options answered, requests out
 *             └───── RequestRules, Replies        what is refused, and how answers look
 *  edge:  NbdServer ── Connection ── Inbox        sockets on an IoLoop, memory, back-pressure
 *                          ├──────── Outbox
 *                          └──────── ReadJob, WriteJob, ShortJob
 * </pre>
 *
 * <p>Promises: no client can crash it, make it hold unlimited memory, or stop it from serving the
 * others; each request is answered once; a flush covers all that was answered before on any
 * connection. It knows nothing of mirrors, and of files and sockets only descriptors. What is
 * supported is in docs/nbd.md.
 *
 * <p>Everything runs on the loop's thread unless it says otherwise.
 */
@NullMarked
package io.meikyo.agent.nbd;

import org.jspecify.annotations.NullMarked;

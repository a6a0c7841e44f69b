// SPDX-License-Identifier: Apache-2.0
/**
 * Servers on one machine: each with network, mount and process namespaces, disks and a power switch
 * of its own, joined by cables that can be cut. For trying the product, and for its tests.
 *
 * <p>Promises: what it made is all under one folder and under names that begin alike, so that
 * {@code lab down} finds all of it again, also after a crash. Nothing of the machine's own network
 * or mounts is touched.
 */
@NullMarked
package io.meikyo.lab;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/** What tests of several packages need of a real machine: networks of their own, disks in files. */
package io.meikyo.cluster.real;

// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

/**
 * What a process costs.
 *
 * @param residentBytes its memory, shared pages in full
 * @param shareBytes its memory, shared pages by their share
 * @param cpuMillis processor time since its start
 */
public record LabCost(long residentBytes, long shareBytes, long cpuMillis) {}

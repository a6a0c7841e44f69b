// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import org.jspecify.annotations.Nullable;

/**
 * Scripts around the freezing of file systems at an online backup (rule R10).
 *
 * @param beforeFreeze path; null: none
 * @param afterThaw path; null: none
 * @param timeout longest run of each, ns
 */
public record Hooks(@Nullable String beforeFreeze, @Nullable String afterThaw, long timeout) {}

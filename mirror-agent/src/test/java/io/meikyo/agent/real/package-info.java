// SPDX-License-Identifier: Apache-2.0
/** What tests need that mount, attach and kill for real. */
package io.meikyo.agent.real;

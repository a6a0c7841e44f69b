// SPDX-License-Identifier: Apache-2.0
/**
 * Online backup as the operator orders it: backup mode in the replicated state, the hold in the
 * mirror agents, and both back again. The order of the steps and what is rolled back stand here;
 * that a hold ends, and that backup mode ends with it, does not depend on this package.
 */
@NullMarked
package io.meikyo.cluster.backup;

import org.jspecify.annotations.NullMarked;

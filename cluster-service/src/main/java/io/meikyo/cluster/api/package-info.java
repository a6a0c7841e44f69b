// SPDX-License-Identifier: Apache-2.0
/**
 * The commands of the cluster service over HTTP, on a Unix socket that only root may open.
 *
 * <p>Promises: what is asked for is a request with a path and JSON in the answer; the web server
 * stands behind {@link io.meikyo.cluster.api.HttpSeam} and can be replaced. Remote access and roles
 * are not here.
 */
@NullMarked
package io.meikyo.cluster.api;

import org.jspecify.annotations.NullMarked;

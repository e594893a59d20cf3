/**
 * What the engine takes from its surroundings and tests replace: clock and fail points.
 *
 * <p>Read {@link io.proximadb.env.Clock} and {@link io.proximadb.env.FailPoints}. Depends on
 * nothing.
 */
@NullMarked
package io.proximadb.env;

import org.jspecify.annotations.NullMarked;

/**
 * The crash test: processes that write until they are killed, and the comparison of what the next
 * one finds with what was acknowledged.
 *
 * <p>Read {@link io.proximadb.crashtest.CrashTest}, {@link io.proximadb.crashtest.Generation},
 * {@link io.proximadb.crashtest.CrashChild}, {@link io.proximadb.crashtest.Kind}. Depends on the
 * engine's public interface and on the test kit.
 */
@NullMarked
package io.proximadb.crashtest;

import org.jspecify.annotations.NullMarked;

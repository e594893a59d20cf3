/**
 * The command line, {@code ./proximadb}.
 *
 * <p>Read {@link io.proximadb.cli.Main}, then the command of interest. May depend on everything
 * that shares a class path with it; Spark and Flink run in JVMs of their own.
 */
@NullMarked
package io.proximadb.cli;

import org.jspecify.annotations.NullMarked;

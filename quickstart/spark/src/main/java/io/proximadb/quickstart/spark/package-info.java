/**
 * The Spark side of the quickstart: one program that writes, one that asks.
 *
 * <p>Read {@link io.proximadb.quickstart.spark.WriteGlosses}, then {@link
 * io.proximadb.quickstart.spark.AskInSql}. They are ordinary Spark programs on the connector; only
 * {@link io.proximadb.quickstart.spark.Messages} ties them to the process that starts them.
 */
@NullMarked
package io.proximadb.quickstart.spark;

import org.jspecify.annotations.NullMarked;

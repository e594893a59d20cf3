/**
 * The Flink side of the quickstart: a job that streams changes into the collection.
 *
 * <p>Read {@link io.proximadb.quickstart.flink.StreamChanges}. It is an ordinary Flink program on
 * the connector; only {@link io.proximadb.quickstart.flink.Messages} ties it to the process that
 * starts it.
 */
@NullMarked
package io.proximadb.quickstart.flink;

import org.jspecify.annotations.NullMarked;

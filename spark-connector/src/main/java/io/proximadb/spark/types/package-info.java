/**
 * How a collection's columns look in Spark.
 *
 * <p>Read {@link io.proximadb.spark.types.SparkTypes} and {@link
 * io.proximadb.spark.types.SparkColumns}. Depends on the engine's model and Spark's types only.
 */
@NullMarked
package io.proximadb.spark.types;

import org.jspecify.annotations.NullMarked;

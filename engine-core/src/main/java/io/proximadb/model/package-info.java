/**
 * The data model: names, metrics, types, schemas and records.
 *
 * <p>Read {@link io.proximadb.model.CollectionSchema}, {@link io.proximadb.model.VectorRecord},
 * {@link io.proximadb.model.Metric} and {@link io.proximadb.model.SystemColumns}. Depends on {@code
 * error} only.
 */
@NullMarked
package io.proximadb.model;

import org.jspecify.annotations.NullMarked;

/**
 * The border between Arrow memory and the data model: types, records out of batches, columns into
 * batches. Vectors cross it as blocks, never float by float.
 *
 * <p>Read {@link io.proximadb.server.arrow.ArrowTypes}, {@link
 * io.proximadb.server.arrow.RecordReader} and {@link io.proximadb.server.arrow.BatchWriter}.
 * Depends on Arrow's vectors and on the engine's {@code model} only.
 */
@NullMarked
package io.proximadb.server.arrow;

import org.jspecify.annotations.NullMarked;

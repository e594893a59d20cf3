/**
 * Columnar runs of rows, the form in which data leaves files and enters engines.
 *
 * <p>Read {@link io.proximadb.model.column.ColumnBatch} and {@link
 * io.proximadb.model.column.Column}. Depends on {@code model} only.
 */
@NullMarked
package io.proximadb.model.column;

import org.jspecify.annotations.NullMarked;

/**
 * The frame that files of sparse and attribute indexes share: a header with magic, name, version
 * and source, arrays of numbers, a checksum over all.
 *
 * <p>Read {@link io.proximadb.index.form.IndexForm}. Depends on {@code error}.
 */
@NullMarked
package io.proximadb.index.form;

import org.jspecify.annotations.NullMarked;

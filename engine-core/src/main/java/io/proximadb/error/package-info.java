/**
 * The exceptions of ProximaDB and their kinds.
 *
 * <p>Read {@link io.proximadb.error.ErrorKind} first, then {@link
 * io.proximadb.error.ProximaException}. Depends on nothing.
 */
@NullMarked
package io.proximadb.error;

import org.jspecify.annotations.NullMarked;

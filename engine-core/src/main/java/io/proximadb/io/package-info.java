/**
 * Files: the local disk as one interface, Iceberg {@code FileIO} over it, memory maps.
 *
 * <p>Read {@link io.proximadb.io.Disk}, {@link io.proximadb.io.LocalFileIO} and {@link
 * io.proximadb.io.FileBytes}. Depends on {@code error}, and on Iceberg's api.
 */
@NullMarked
package io.proximadb.io;

import org.jspecify.annotations.NullMarked;

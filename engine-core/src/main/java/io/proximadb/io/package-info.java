/**
 * Files: the local disk as one interface, Iceberg {@code FileIO} over it, memory maps; and files in
 * stores, read by ranges ahead of their use.
 *
 * <p>Read {@link io.proximadb.io.Disk}, {@link io.proximadb.io.LocalFileIO}, {@link
 * io.proximadb.io.FileBytes}, and then {@link io.proximadb.io.Prefetch}. Depends on {@code error},
 * and on Iceberg's api.
 */
@NullMarked
package io.proximadb.io;

import org.jspecify.annotations.NullMarked;

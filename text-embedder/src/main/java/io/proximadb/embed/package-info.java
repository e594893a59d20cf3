/**
 * Turns text into vectors, in this process and without a network.
 *
 * <p>Read {@link io.proximadb.embed.TextEmbedder}, then {@link io.proximadb.embed.MiniLmEmbedder}.
 * Depends on nothing else of ProximaDB, so that an application may embed where it likes.
 */
@NullMarked
package io.proximadb.embed;

import org.jspecify.annotations.NullMarked;

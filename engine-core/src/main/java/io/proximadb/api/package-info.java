/**
 * Requests, answers and handles: what a program that embeds the engine sees.
 *
 * <p>Read {@link io.proximadb.api.EngineOptions}, {@link io.proximadb.api.Collection}, {@link
 * io.proximadb.api.SearchRequest}, {@link io.proximadb.api.SearchResponse}. Depends on {@code
 * model}, {@code filter}, {@code env} and {@code error}.
 */
@NullMarked
package io.proximadb.api;

import org.jspecify.annotations.NullMarked;

/**
 * API keys: made, kept as hashes, asked for in every call.
 *
 * <p>Read {@link io.proximadb.server.auth.ApiKeys} and {@link
 * io.proximadb.server.auth.ApiKeyMiddleware}. Depends on Flight's middleware and on {@code error}.
 */
@NullMarked
package io.proximadb.server.auth;

import org.jspecify.annotations.NullMarked;

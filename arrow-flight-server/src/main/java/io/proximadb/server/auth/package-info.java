/**
 * Who may do what: keys, made and kept as hashes, their grants, and how many calls they may make.
 *
 * <p>Read {@link io.proximadb.server.auth.Gate}, {@link io.proximadb.server.auth.ApiKeys}, {@link
 * io.proximadb.server.auth.Caller} and {@link io.proximadb.server.auth.GuardedEngine}. Depends on
 * the engine's {@code api}, on {@code error}, and on Flight's middleware.
 */
@NullMarked
package io.proximadb.server.auth;

import org.jspecify.annotations.NullMarked;

/**
 * The protobuf contract {@code proximadb.v1} in the words of the data model.
 *
 * <p>Read {@link io.proximadb.server.proto.SchemaMessages} and {@link
 * io.proximadb.server.proto.CollectionMessages}. Depends on the generated messages and on the
 * engine's {@code model} and {@code api} only.
 */
@NullMarked
package io.proximadb.server.proto;

import org.jspecify.annotations.NullMarked;

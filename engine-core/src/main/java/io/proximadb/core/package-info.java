/**
 * The engine: lifecycle, ownership, the write path, flush and recovery. The only package that wires
 * implementations together; nothing outside engine-core imports it.
 *
 * <p>Read {@link io.proximadb.core.Engine}, {@link io.proximadb.core.EngineCollection}, {@link
 * io.proximadb.core.Flush}, {@link io.proximadb.core.Ownership}.
 */
@NullMarked
package io.proximadb.core;

import org.jspecify.annotations.NullMarked;

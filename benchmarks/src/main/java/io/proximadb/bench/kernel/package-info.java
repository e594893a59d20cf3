/** The inner loops over vectors and codes, one by one, by JMH. Depends on {@code vector}. */
@NullMarked
package io.proximadb.bench.kernel;

import org.jspecify.annotations.NullMarked;

/** Searches and reads by id within a task, over what is committed. */
@NullMarked
package io.proximadb.flink.search;

import org.jspecify.annotations.NullMarked;

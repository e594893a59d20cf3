/**
 * Collections as Flink reads them: a scan of one snapshot, and the changes that commits make, as
 * splits that go on where a checkpoint left them.
 */
@NullMarked
package io.proximadb.flink.source;

import org.jspecify.annotations.NullMarked;

/**
 * The log's mirror on what Hadoop's file systems reach: S3, ADLS, GCS, HDFS. Beside {@code
 * io.hadoop} the only package that knows Hadoop, which is no dependency of engine-core: {@link
 * io.proximadb.wal.mirror.ObjectMirror} loads it by name when a location needs it.
 */
@NullMarked
package io.proximadb.wal.mirror.hadoop;

import org.jspecify.annotations.NullMarked;

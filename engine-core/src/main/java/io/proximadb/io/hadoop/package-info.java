/**
 * Files on what Hadoop's file systems reach: S3, ADLS, GCS, HDFS. Hadoop is no dependency of
 * engine-core; these classes are loaded by name where a location needs them.
 *
 * <p>Read {@link io.proximadb.io.hadoop.HadoopFileSystems}, then {@link
 * io.proximadb.io.hadoop.ObjectFileIO}. Depends on {@code error} and on Iceberg's api.
 */
@NullMarked
package io.proximadb.io.hadoop;

import org.jspecify.annotations.NullMarked;

package io.proximadb.spark.changes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.classic.SparkSession;

/**
 * Where a stream began, kept beside its checkpoints: Spark asks for it again after a failure before
 * the first batch was over, when the table may have moved on.
 */
final class StreamStart {
  private static final String FILE = "proximadb-start.json";

  /** An offset is some 60 characters. */
  private static final int MAX_BYTES = 1_024;

  private final Path file;

  StreamStart(String checkpointLocation) {
    this.file = new Path(checkpointLocation, FILE);
  }

  /** What was kept, or what is the start now, which is kept from now on. */
  ChangeOffset of(Supplier<ChangeOffset> now) {
    try {
      FileSystem files = file.getFileSystem(SparkSession.active().sessionState().newHadoopConf());
      if (files.exists(file)) {
        return read(files);
      }
      ChangeOffset start = now.get();
      Path written = new Path(file.getParent(), "." + FILE + ".tmp");
      try (FSDataOutputStream out = files.create(written, true)) {
        out.write(start.json().getBytes(StandardCharsets.UTF_8));
      }
      if (!files.rename(written, file)) {
        throw new IOException("Cannot rename " + written + " to " + file);
      }
      return start;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot keep where the stream began in " + file, e);
    }
  }

  private ChangeOffset read(FileSystem files) throws IOException {
    try (FSDataInputStream in = files.open(file)) {
      return ChangeOffset.parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    }
  }
}

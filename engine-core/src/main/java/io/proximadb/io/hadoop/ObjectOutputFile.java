package io.proximadb.io.hadoop;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/** A file to write. */
record ObjectOutputFile(ObjectFileIO io, String location) implements OutputFile {
  /** Of S3A: looks neither for a folder of that name nor for one above that is a file. */
  private static final String WITHOUT_LOOKING = "fs.s3a.create.performance";

  @Override
  public PositionOutputStream create() {
    return open(false);
  }

  /** Readers see the old file or the whole new one. */
  @Override
  public PositionOutputStream createOrOverwrite() {
    return open(true);
  }

  private PositionOutputStream open(boolean overwrite) {
    Path file = new Path(location);
    FileSystem fileSystem = io.fileSystem(file);
    try {
      FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(file);
      builder.overwrite(overwrite);
      builder.recursive();
      if (overwrite) {
        builder.opt(WITHOUT_LOOKING, true);
      }
      FSDataOutputStream stream = builder.build();
      return new ObjectOutputStream(fileSystem, file, stream);
    } catch (FileAlreadyExistsException e) {
      throw new AlreadyExistsException(e, "File already exists: %s", location);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot create file %s: %s", location, e.getMessage());
    }
  }

  @Override
  public InputFile toInputFile() {
    return io.newInputFile(location);
  }

  @Override
  public String toString() {
    return location;
  }
}

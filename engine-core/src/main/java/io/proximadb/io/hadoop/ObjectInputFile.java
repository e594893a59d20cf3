package io.proximadb.io.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;

/** A file to read; where its length is known, opening it asks the store nothing. */
final class ObjectInputFile implements InputFile {
  private final ObjectFileIO io;
  private final String location;
  private volatile long length;

  /** {@code length} is negative where it is not known. */
  ObjectInputFile(ObjectFileIO io, String location, long length) {
    this.io = io;
    this.location = location;
    this.length = length;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public long getLength() {
    long known = length;
    if (known < 0) {
      known = status().getLen();
      length = known;
    }
    return known;
  }

  private FileStatus status() {
    Path file = new Path(location);
    try {
      return io.fileSystem(file).getFileStatus(file);
    } catch (FileNotFoundException e) {
      throw new NotFoundException(e, "File does not exist: %s", location);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot look for file %s: %s", location, e.getMessage());
    }
  }

  @Override
  public SeekableInputStream newStream() {
    Path file = new Path(location);
    try {
      FutureDataInputStreamBuilder builder = io.fileSystem(file).openFile(file);
      if (length >= 0) {
        builder.optLong(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, length);
      }
      FSDataInputStream stream = FutureIO.awaitFuture(builder.build());
      return new ObjectInputStream(location, stream);
    } catch (FileNotFoundException e) {
      throw new NotFoundException(e, "File does not exist: %s", location);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot open file %s: %s", location, e.getMessage());
    }
  }

  @Override
  public boolean exists() {
    Path file = new Path(location);
    try {
      return io.fileSystem(file).exists(file);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot look for file %s: %s", location, e.getMessage());
    }
  }

  @Override
  public String toString() {
    return location;
  }
}

package io.proximadb.bench.scan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.InitContext;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;

/**
 * The peer of read-all: parquet-java's record reader on the same file, told to fill one array of
 * floats and nothing else, which is the leanest it can be. Its example objects ({@code Group}) are
 * several times slower.
 */
final class RecordReaderPeer {
  private final Path file;
  private final int dimension;
  private final MessageType projection;
  private final Configuration configuration = new Configuration();

  RecordReaderPeer(java.nio.file.Path file, String column, int dimension) {
    this.file = new Path(file.toUri());
    this.dimension = dimension;
    this.projection = projection(column);
  }

  private MessageType projection(String column) {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))) {
      MessageType schema = reader.getFileMetaData().getSchema();
      return new MessageType(schema.getName(), schema.getType(column));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the footer of " + file, e);
    }
  }

  /** Reads every vector into an array of floats and adds up the first components. */
  double readAll() throws IOException {
    double sum = 0;
    try (ParquetReader<float[]> reader =
        new Builder(HadoopInputFile.fromPath(file, configuration)).build()) {
      for (float[] vector = reader.read(); vector != null; vector = reader.read()) {
        sum += vector[0];
      }
    }
    return sum;
  }

  private final class Builder extends ParquetReader.Builder<float[]> {
    Builder(InputFile input) {
      super(input);
    }

    @Override
    protected ReadSupport<float[]> getReadSupport() {
      return new VectorReadSupport();
    }
  }

  private final class VectorReadSupport extends ReadSupport<float[]> {
    @Override
    public ReadContext init(InitContext context) {
      return new ReadContext(projection);
    }

    @Override
    @SuppressWarnings("deprecation") // the abstract one, which its replacement calls
    public RecordMaterializer<float[]> prepareForRead(
        Configuration settings,
        Map<String, String> metadata,
        MessageType schema,
        ReadContext context) {
      return new VectorMaterializer(dimension);
    }
  }

  /** Passes floats of a list of lists, of which each level is one group. */
  private static final class VectorMaterializer extends RecordMaterializer<float[]> {
    private final float[] vector;
    private int next;

    VectorMaterializer(int dimension) {
      this.vector = new float[dimension];
    }

    @Override
    public float[] getCurrentRecord() {
      return vector;
    }

    @Override
    public GroupConverter getRootConverter() {
      Converter element =
          new PrimitiveConverter() {
            @Override
            public void addFloat(float value) {
              vector[next++] = value;
            }
          };
      GroupConverter list = group(group(element, () -> {}), () -> next = 0);
      return group(list, () -> {});
    }

    private static GroupConverter group(Converter only, Runnable atStart) {
      return new GroupConverter() {
        @Override
        public Converter getConverter(int fieldIndex) {
          return only;
        }

        @Override
        public void start() {
          atStart.run();
        }

        @Override
        public void end() {}
      };
    }
  }
}

package io.proximadb.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
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
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** The column of vectors of a Parquet file, whoever wrote it. */
final class ParquetVectors {
  /** How the column is called if several are lists of numbers. */
  private static final List<String> USUAL_NAMES = List.of("vector", "emb", "embedding");

  private static final Configuration CONFIGURATION = new Configuration(false);

  private ParquetVectors() {}

  /** Reads the first rows of a file; all must have vectors of one dimension. */
  static VectorFiles.Vectors read(Path file, int maxRows) throws IOException {
    InputFile input =
        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), CONFIGURATION);
    MessageType schema;
    int rows;
    try (ParquetFileReader reader = ParquetFileReader.open(input)) {
      schema = reader.getFileMetaData().getSchema();
      rows = (int) Math.min(maxRows, reader.getRecordCount());
    }
    MessageType projection = new MessageType(schema.getName(), column(schema, file));
    float[] values = new float[0];
    int dimension = 0;
    try (ParquetReader<Row> reader = new Builder(input, projection).build()) {
      for (int row = 0; row < rows; row++) {
        Row found = reader.read();
        if (row == 0) {
          dimension = found.size;
          if (dimension < 1 || dimension > VectorFiles.MAX_DIMENSION) {
            throw invalid(file, row, dimension, "1 to " + VectorFiles.MAX_DIMENSION);
          }
          values = new float[Math.multiplyExact(rows, dimension)];
        } else if (found.size != dimension) {
          throw invalid(file, row, found.size, dimension + " as in the first row");
        }
        System.arraycopy(found.values, 0, values, row * dimension, dimension);
      }
    }
    if (dimension == 0) {
      throw new IOException("Invalid file of vectors: it has no rows (file=" + file + ")");
    }
    return new VectorFiles.Vectors(dimension, values);
  }

  private static IOException invalid(Path file, int row, int dimension, String expected) {
    return new IOException(
        "Invalid file of vectors: row "
            + row
            + " has "
            + dimension
            + " components (expected "
            + expected
            + "; file="
            + file
            + ")");
  }

  private static Type column(MessageType schema, Path file) throws IOException {
    List<Type> lists = schema.getFields().stream().filter(ParquetVectors::isListOfNumbers).toList();
    List<Type> usual =
        lists.stream().filter(field -> USUAL_NAMES.contains(field.getName())).toList();
    List<Type> chosen = lists.size() == 1 ? lists : usual;
    if (chosen.size() != 1) {
      throw new IOException(
          "Invalid file of vectors: "
              + lists.size()
              + " columns are lists of floats or doubles (expected one, or one called "
              + String.join(" or ", USUAL_NAMES)
              + "; file="
              + file
              + ")");
    }
    return chosen.get(0);
  }

  /** Two levels and three, as lists are written by different writers. */
  private static boolean isListOfNumbers(Type field) {
    if (field.isPrimitive() || field.asGroupType().getFieldCount() != 1) {
      return false;
    }
    Type repeated = field.asGroupType().getType(0);
    Type element =
        repeated.isPrimitive() || repeated.asGroupType().getFieldCount() != 1
            ? repeated
            : repeated.asGroupType().getType(0);
    if (!repeated.isRepetition(Type.Repetition.REPEATED) || !element.isPrimitive()) {
      return false;
    }
    PrimitiveTypeName type = element.asPrimitiveType().getPrimitiveTypeName();
    return type == PrimitiveTypeName.FLOAT || type == PrimitiveTypeName.DOUBLE;
  }

  /** The numbers of the row that was read last. */
  private static final class Row extends PrimitiveConverter {
    private float[] values = new float[1_024];
    private int size;

    @Override
    public void addFloat(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    @Override
    public void addDouble(double value) {
      addFloat((float) value);
    }
  }

  private static final class Builder extends ParquetReader.Builder<Row> {
    private final MessageType projection;

    Builder(InputFile input, MessageType projection) {
      super(input);
      this.projection = projection;
    }

    @Override
    protected ReadSupport<Row> getReadSupport() {
      return new ReadSupport<>() {
        @Override
        public ReadContext init(InitContext context) {
          return new ReadContext(projection);
        }

        @Override
        @SuppressWarnings("deprecation") // the abstract one, which its replacement calls
        public RecordMaterializer<Row> prepareForRead(
            Configuration settings,
            Map<String, String> metadata,
            MessageType schema,
            ReadContext context) {
          return new Materializer(projection);
        }
      };
    }
  }

  private static final class Materializer extends RecordMaterializer<Row> {
    private final Row row = new Row();
    private final GroupConverter root;

    Materializer(MessageType projection) {
      this.root = (GroupConverter) converter(projection);
    }

    /** Groups of one field each, down to the numbers. */
    private Converter converter(Type type) {
      if (type.isPrimitive()) {
        return row;
      }
      Converter only = converter(type.asGroupType().getType(0));
      boolean isRow = type instanceof MessageType;
      return new GroupConverter() {
        @Override
        public Converter getConverter(int fieldIndex) {
          return only;
        }

        @Override
        public void start() {
          row.size = isRow ? 0 : row.size;
        }

        @Override
        public void end() {}
      };
    }

    @Override
    public Row getCurrentRecord() {
      return row;
    }

    @Override
    public GroupConverter getRootConverter() {
      return root;
    }
  }
}

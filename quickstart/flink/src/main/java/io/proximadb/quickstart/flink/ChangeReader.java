package io.proximadb.quickstart.flink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * Gives the changes of a file as rows of a changelog. Each line is a JSON object: {@code change}
 * ({@code upsert} or {@code delete}) and the columns of {@link #ROW_TYPE}, for a delete the id
 * alone.
 */
final class ChangeReader implements GeneratorFunction<Long, RowData> {
  private static final long serialVersionUID = 1;

  static final RowType ROW_TYPE =
      RowType.of(
          new org.apache.flink.table.types.logical.LogicalType[] {
            VarCharType.STRING_TYPE,
            VarCharType.STRING_TYPE,
            VarCharType.STRING_TYPE,
            new IntType(),
            VarCharType.STRING_TYPE,
            VarCharType.STRING_TYPE,
            new ArrayType(new FloatType())
          },
          new String[] {"id", "words", "category", "word_count", "gloss", "source", "vector"});

  private final String file;
  private transient @Nullable List<String> lines;

  ChangeReader(String file) {
    this.file = file;
  }

  @Override
  public void open(SourceReaderContext context) throws IOException {
    lines = Files.readAllLines(Path.of(file));
  }

  @Override
  public RowData map(Long index) throws IOException {
    List<String> opened = lines;
    if (opened == null) {
      throw new IllegalStateException("Cannot read " + file + ": it is not open");
    }
    JsonNode change = new ObjectMapper().readTree(opened.get(Math.toIntExact(index)));
    boolean delete = change.path("change").asText().equals("delete");
    GenericRowData row = new GenericRowData(ROW_TYPE.getFieldCount());
    row.setRowKind(delete ? RowKind.DELETE : RowKind.UPDATE_AFTER);
    for (int i = 0; i < ROW_TYPE.getFieldCount(); i++) {
      JsonNode value = change.get(ROW_TYPE.getFieldNames().get(i));
      row.setField(i, value == null || value.isNull() ? null : convert(value));
    }
    return row;
  }

  private static Object convert(JsonNode value) {
    if (value.isInt()) {
      return value.intValue();
    }
    if (value.isArray()) {
      float[] vector = new float[value.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = value.get(i).floatValue();
      }
      return new GenericArrayData(vector);
    }
    return StringData.fromString(value.asText());
  }
}

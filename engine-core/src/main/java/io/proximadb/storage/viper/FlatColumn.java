package io.proximadb.storage.viper;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.storage.viper.Columns.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scalar column at the top of the schema, decoded page by page. */
final class FlatColumn implements ColumnAccess {
  private final ViperFile file;
  private final Scalar type;
  private final List<ValueDecoder> groups = new ArrayList<>();

  private @Nullable Column decoded;
  private int decodedFrom;
  private int decodedTo;

  FlatColumn(ViperFile file, int leaf, Scalar type) {
    this.file = file;
    this.type = type;
    file.chunks().get(leaf).forEach(chunk -> groups.add(new ValueDecoder(chunk, type)));
  }

  /** The page that holds a row, whose bounds are then known. */
  private Column pageOf(int row) {
    Column page = decoded;
    if (page == null || row < decodedFrom || row >= decodedTo) {
      ValueDecoder group = groups.get(file.groupOf(row));
      int number = group.chunk().pageOf(row);
      page = group.flat(number);
      decoded = page;
      decodedFrom = group.chunk().firstRow(number);
      decodedTo = group.chunk().firstRow(number + 1);
    }
    return page;
  }

  @Override
  public Column range(int from, int to) {
    List<Part> parts = new ArrayList<>();
    int row = from;
    while (row < to) {
      Column page = pageOf(row);
      int end = Math.min(to, decodedTo);
      parts.add(new Part(page, row - decodedFrom, end - decodedFrom));
      row = end;
    }
    return Columns.concat(type, parts);
  }

  @Override
  public Column rows(int[] positions) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < positions.length) {
      Column page = pageOf(positions[at]);
      int end = at + 1;
      while (end < positions.length && positions[end] < decodedTo) {
        end++;
      }
      int[] local = Arrays.copyOfRange(positions, at, end);
      for (int i = 0; i < local.length; i++) {
        local[i] -= decodedFrom;
      }
      parts.add(new Part(page.select(local), 0, local.length));
      at = end;
    }
    return Columns.concat(type, parts);
  }
}

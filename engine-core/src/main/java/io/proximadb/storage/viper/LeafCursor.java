package io.proximadb.storage.viper;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.jspecify.annotations.Nullable;

/** Walks over the values of one leaf of a nested column with their levels. */
final class LeafCursor {
  private static final int[] NO_LEVELS = {};

  private final ViperFile file;
  private final int maxDefinition;
  private final int maxRepetition;
  private final List<ValueDecoder> groups = new ArrayList<>();

  private int pageFrom;
  private int pageTo;
  private int entries;
  private int[] repetition = NO_LEVELS;
  private int[] definition = NO_LEVELS;
  private Column values = new ObjectColumn(Scalar.BINARY, new @Nullable Object[0]);

  /** The row that the current entry belongs to. */
  private int row;

  private int entry;
  private int value;

  LeafCursor(ViperFile file, int leaf, Scalar type) {
    this.file = file;
    ColumnDescriptor descriptor = file.parquetSchema().getColumns().get(leaf);
    this.maxDefinition = descriptor.getMaxDefinitionLevel();
    this.maxRepetition = descriptor.getMaxRepetitionLevel();
    file.chunks().get(leaf).forEach(chunk -> groups.add(new ValueDecoder(chunk, type)));
  }

  /** Goes to the first entry of a row. */
  void seek(int wanted) {
    if (wanted < row || wanted < pageFrom || wanted >= pageTo) {
      load(wanted);
    }
    while (row < wanted) {
      do {
        next();
      } while (repetition() > 0);
      row++;
    }
  }

  /** To be called after all entries of a row were read. */
  void endRow() {
    row++;
  }

  private void load(int wanted) {
    ValueDecoder group = groups.get(file.groupOf(wanted));
    int number = group.chunk().pageOf(wanted);
    Page page = group.chunk().page(number);
    pageFrom = group.chunk().firstRow(number);
    pageTo = group.chunk().firstRow(number + 1);
    entries = page.values();
    repetition = levels(page.repetition(), maxRepetition);
    definition = levels(page.definition(), maxDefinition);
    values = group.dense(page);
    row = pageFrom;
    entry = 0;
    value = 0;
  }

  private int[] levels(ByteBuffer bytes, int max) {
    int width = Integer.SIZE - Integer.numberOfLeadingZeros(max);
    return HybridDecoder.decode(bytes.duplicate(), width, entries);
  }

  /** Of the current entry; 0 after the last one of a page, since rows end with pages. */
  int repetition() {
    return entry < entries ? repetition[entry] : 0;
  }

  int definition() {
    return definition[entry];
  }

  /** The value of the current entry, null if it is not there. */
  @Nullable Object value() {
    return isPresent() ? values.value(value) : null;
  }

  /** The value of an entry of integers that is there. */
  long longValue() {
    return ((LongColumn) values).values()[value];
  }

  /** The value of an entry of floats that is there. */
  double doubleValue() {
    return ((DoubleColumn) values).values()[value];
  }

  boolean isPresent() {
    return definition[entry] == maxDefinition;
  }

  void next() {
    if (isPresent()) {
      value++;
    }
    entry++;
  }
}

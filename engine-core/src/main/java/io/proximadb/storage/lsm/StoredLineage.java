package io.proximadb.storage.lsm;

import io.proximadb.storage.RowLineage;
import java.util.List;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** The row lineage that a file stores; where it has a null, the row inherits. */
@SuppressWarnings("ArrayRecordComponent")
record StoredLineage(long[] rowIds, long[] updatedIns) implements RowLineage {
  private static final int ROW_ID = MetadataColumns.ROW_ID.fieldId();
  private static final int UPDATED_IN = MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId();

  static boolean isIn(Schema schema) {
    return schema.findField(ROW_ID) != null && schema.findField(UPDATED_IN) != null;
  }

  static StoredLineage read(RunReader run, @Nullable RowLineage inherited) {
    List<NestedField> fields = run.header().schema().columns();
    int rows = run.header().rowCount();
    long[] rowIds = new long[rows];
    long[] updatedIns = new long[rows];
    for (int b = 0; b < run.header().blockCount(); b++) {
      RunBlock block = run.blockAndAhead(b);
      for (int row = 0; row < block.rows(); row++) {
        int position = block.firstRow() + row;
        AvroInput in = block.record(row);
        for (int i = 0; i < run.scalars().size(); i++) {
          int field = fields.get(i).fieldId();
          if (field == ROW_ID) {
            Object value = run.scalars().get(i).read(in);
            rowIds[position] =
                value != null ? (Long) value : inherited == null ? -1 : inherited.rowId(position);
          } else if (field == UPDATED_IN) {
            Object value = run.scalars().get(i).read(in);
            updatedIns[position] =
                value != null
                    ? (Long) value
                    : inherited == null ? -1 : inherited.updatedIn(position);
          } else {
            run.scalars().get(i).skip(in);
          }
        }
      }
    }
    return new StoredLineage(rowIds, updatedIns);
  }

  @Override
  public long rowId(int position) {
    return rowIds[position];
  }

  @Override
  public long updatedIn(int position) {
    return updatedIns[position];
  }
}

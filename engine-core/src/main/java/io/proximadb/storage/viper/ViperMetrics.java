package io.proximadb.storage.viper;

import io.proximadb.storage.FileMetrics;
import io.proximadb.storage.FileMetrics.Leaf;
import io.proximadb.storage.TableContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.parquet.column.statistics.Statistics;

/** What a file's chunks say of its columns, as Iceberg keeps it. */
final class ViperMetrics {
  private ViperMetrics() {}

  static Metrics of(TableContext table, long rows, List<ColumnTotals> columns) {
    Schema schema = table.icebergSchema();
    FileMetrics metrics = new FileMetrics(table);
    for (ColumnTotals column : columns) {
      int id = column.column().getPrimitiveType().getId().intValue();
      if (schema.findField(id) == null) {
        // Stored lineage is no column of the table.
        continue;
      }
      metrics.addSize(id, column.bytes());
      if (column.column().getMaxRepetitionLevel() == 0) {
        metrics.add(id, leaf(schema.findType(id), column));
      }
    }
    return metrics.build(rows);
  }

  private static Leaf leaf(Type type, ColumnTotals column) {
    Statistics<?> bounds = column.bounds();
    boolean bounded = bounds.hasNonNullValue();
    return new Leaf(
        column.values(),
        column.nulls(),
        column.nans(),
        bounded ? value(type, bounds.getMinBytes()) : null,
        bounded ? value(type, bounds.getMaxBytes()) : null);
  }

  /** Parquet's plain bytes of numbers are Iceberg's single-value bytes as well. */
  private static Object value(Type type, byte[] bytes) {
    return switch (type.typeId()) {
      case STRING -> new String(bytes, StandardCharsets.UTF_8);
      case BINARY -> ByteBuffer.wrap(bytes);
      default -> Conversions.fromByteBuffer(type, ByteBuffer.wrap(bytes));
    };
  }
}

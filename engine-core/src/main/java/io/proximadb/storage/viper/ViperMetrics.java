package io.proximadb.storage.viper;

import io.proximadb.storage.TableContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.MetricsModes;
import org.apache.iceberg.MetricsModes.MetricsMode;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.util.BinaryUtil;
import org.apache.iceberg.util.UnicodeUtil;
import org.apache.parquet.column.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Counts and bounds of a file as Iceberg keeps them in its manifests, under the table's metrics
 * configuration. A column with a NaN has no bounds: NaN sorts above them for some engines.
 */
final class ViperMetrics {
  private final Schema schema;
  private final MetricsConfig config;
  private final Map<Integer, Long> sizes = new HashMap<>();
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> nulls = new HashMap<>();
  private final Map<Integer, Long> nans = new HashMap<>();
  private final Map<Integer, ByteBuffer> lower = new HashMap<>();
  private final Map<Integer, ByteBuffer> upper = new HashMap<>();

  private ViperMetrics(TableContext table) {
    this.schema = table.icebergSchema();
    this.config = MetricsConfig.from(table.properties(), schema, SortOrder.unsorted());
  }

  static Metrics of(TableContext table, long rows, List<ColumnTotals> columns) {
    ViperMetrics metrics = new ViperMetrics(table);
    columns.forEach(metrics::add);
    return new Metrics(
        rows,
        metrics.sizes,
        metrics.values,
        metrics.nulls,
        metrics.nans,
        metrics.lower,
        metrics.upper);
  }

  private void add(ColumnTotals column) {
    int id = column.column().getPrimitiveType().getId().intValue();
    if (schema.findField(id) == null) {
      // Stored lineage is no column of the table.
      return;
    }
    MetricsMode mode = config.columnMode(id);
    if (mode instanceof MetricsModes.None) {
      return;
    }
    sizes.put(id, column.bytes());
    if (column.column().getMaxRepetitionLevel() > 0) {
      // Iceberg keeps neither counts nor bounds for what stands in a list.
      return;
    }
    values.put(id, column.values());
    nulls.put(id, column.nulls());
    Type type = schema.findType(id);
    if (isFloating(type)) {
      nans.put(id, column.nans());
    }
    Statistics<?> bounds = column.bounds();
    if (mode instanceof MetricsModes.Counts || !bounds.hasNonNullValue()) {
      return;
    }
    put(lower, id, type, lowerBound(type, value(type, bounds.getMinBytes()), mode));
    put(upper, id, type, upperBound(type, value(type, bounds.getMaxBytes()), mode));
  }

  private static boolean isFloating(Type type) {
    return type.typeId() == Type.TypeID.FLOAT || type.typeId() == Type.TypeID.DOUBLE;
  }

  private static void put(
      Map<Integer, ByteBuffer> bounds, int id, Type type, @Nullable Object bound) {
    if (bound != null) {
      bounds.put(id, Conversions.toByteBuffer(type, bound));
    }
  }

  /** Parquet's plain bytes of numbers are Iceberg's single-value bytes as well. */
  private static Object value(Type type, byte[] bytes) {
    return switch (type.typeId()) {
      case STRING -> new String(bytes, StandardCharsets.UTF_8);
      case BINARY -> ByteBuffer.wrap(bytes);
      default -> Conversions.fromByteBuffer(type, ByteBuffer.wrap(bytes));
    };
  }

  private static @Nullable Object lowerBound(Type type, Object value, MetricsMode mode) {
    if (!(mode instanceof MetricsModes.Truncate truncate)) {
      return value;
    }
    return switch (type.typeId()) {
      case STRING -> UnicodeUtil.truncateStringMin((String) value, truncate.length());
      case BINARY -> BinaryUtil.truncateBinaryMin((ByteBuffer) value, truncate.length());
      default -> value;
    };
  }

  /** Null if no truncated value is above all others. */
  private static @Nullable Object upperBound(Type type, Object value, MetricsMode mode) {
    if (!(mode instanceof MetricsModes.Truncate truncate)) {
      return value;
    }
    return switch (type.typeId()) {
      case STRING -> UnicodeUtil.truncateStringMax((String) value, truncate.length());
      case BINARY -> BinaryUtil.truncateBinaryMax((ByteBuffer) value, truncate.length());
      default -> value;
    };
  }
}

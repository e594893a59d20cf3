package io.proximadb.storage;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
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
import org.jspecify.annotations.Nullable;

/**
 * Counts and bounds of a file as Iceberg keeps them in its manifests, under the table's metrics
 * configuration. A column with a NaN has no bounds: NaN sorts above them for some engines.
 */
public final class FileMetrics {
  private final Schema schema;
  private final MetricsConfig config;
  private final Set<Integer> exact = new HashSet<>();
  private final Map<Integer, Long> sizes = new HashMap<>();
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> nulls = new HashMap<>();
  private final Map<Integer, Long> nans = new HashMap<>();
  private final Map<Integer, ByteBuffer> lower = new HashMap<>();
  private final Map<Integer, ByteBuffer> upper = new HashMap<>();

  /**
   * What is known of a leaf column that stands in no list.
   *
   * @param values nulls included
   * @param min least value as Iceberg's generic class for the type, or null if there is none
   * @param max greatest value
   */
  public record Leaf(
      long values, long nulls, long nans, @Nullable Object min, @Nullable Object max) {}

  public FileMetrics(TableContext table) {
    this.schema = table.icebergSchema();
    this.config = MetricsConfig.from(table.properties(), schema, SortOrder.unsorted());
  }

  /** Keeps the bounds of this column whole, whatever the configuration says. */
  public FileMetrics withExactBounds(int field) {
    exact.add(field);
    return this;
  }

  /**
   * Notes the bytes that a leaf column takes in the file; of columns in lists nothing else is kept.
   */
  public void addSize(int field, long bytes) {
    if (!(config.columnMode(field) instanceof MetricsModes.None)) {
      sizes.put(field, bytes);
    }
  }

  /** Notes counts and bounds of a leaf column. */
  public void add(int field, Leaf leaf) {
    boolean whole = exact.contains(field);
    MetricsMode mode = whole ? MetricsModes.Full.get() : config.columnMode(field);
    if (mode instanceof MetricsModes.None) {
      return;
    }
    values.put(field, leaf.values());
    nulls.put(field, leaf.nulls());
    Type type = schema.findType(field);
    if (type.typeId() == Type.TypeID.FLOAT || type.typeId() == Type.TypeID.DOUBLE) {
      nans.put(field, leaf.nans());
    }
    if (mode instanceof MetricsModes.Counts
        || leaf.nans() > 0
        || leaf.min() == null
        || leaf.max() == null) {
      return;
    }
    put(lower, field, type, lowerBound(type, leaf.min(), mode));
    put(upper, field, type, upperBound(type, leaf.max(), mode));
  }

  /** All that was added, for a file of that many rows. */
  public Metrics build(long rows) {
    return new Metrics(rows, sizes, values, nulls, nans, lower, upper);
  }

  private static void put(
      Map<Integer, ByteBuffer> bounds, int id, Type type, @Nullable Object bound) {
    if (bound != null) {
      bounds.put(id, Conversions.toByteBuffer(type, bound));
    }
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

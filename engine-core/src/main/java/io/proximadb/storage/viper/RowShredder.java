package io.proximadb.storage.viper;

import io.proximadb.model.Timestamps;
import io.proximadb.storage.viper.ColumnLayout.Source;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Takes rows apart into columns with repetition and definition levels [1], all but the vectors.
 *
 * <p>[1] Melnik et al., Dremel: Interactive Analysis of Web-Scale Datasets, VLDB 2010.
 */
final class RowShredder {
  private final List<Source> sources;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Leaf> leaves = new ArrayList<>();
  private final ColumnWriteStore store;

  RowShredder(List<Source> sources, MessageType schema, ColumnWriteStore store) {
    this.sources = sources;
    this.store = store;
    Iterator<ColumnDescriptor> columns = schema.getColumns().iterator();
    schema.getFields().forEach(field -> nodes.add(node(field, 0, 0, columns)));
  }

  private Node node(
      Type type, int parentDefinition, int parentRepetition, Iterator<ColumnDescriptor> columns) {
    int definition = parentDefinition + (type.isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0);
    if (type.isPrimitive()) {
      Leaf leaf = new Leaf(store.getColumnWriter(columns.next()), type, definition);
      leaves.add(leaf);
      return leaf;
    }
    GroupType group = type.asGroupType();
    if (LogicalTypeAnnotation.listType().equals(group.getLogicalTypeAnnotation())) {
      Type element = group.getType(0).asGroupType().getType(0);
      int repetition = parentRepetition + 1;
      return new ListNode(
          node(element, definition + 1, repetition, columns), definition, repetition);
    }
    List<Node> children = new ArrayList<>();
    for (Type child : group.getFields()) {
      children.add(node(child, definition, parentRepetition, columns));
    }
    return new StructNode(group, children);
  }

  /** Adds a row to all columns. */
  void write(FileRow row) {
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).write(sources.get(i).value().apply(row), 0, 0);
    }
    store.endRecord();
  }

  /** How many values of a leaf were NaN, by its place in the schema. */
  long nanCount(int leaf) {
    return leaves.get(leaf).nanCount;
  }

  /** A column or a group of columns; levels are those of the nearest value above that is there. */
  private interface Node {
    void write(@Nullable Object value, int repetition, int definition);
  }

  private static final class Leaf implements Node {
    private final ColumnWriter writer;
    private final Type type;
    private final int definition;
    private long nanCount;

    Leaf(ColumnWriter writer, Type type, int definition) {
      this.writer = writer;
      this.type = type;
      this.definition = definition;
    }

    @Override
    public void write(@Nullable Object value, int repetition, int parentDefinition) {
      if (value == null) {
        if (type.isRepetition(Type.Repetition.REQUIRED) && parentDefinition == definition) {
          throw new IllegalArgumentException("No value for required column " + type.getName());
        }
        writer.writeNull(repetition, parentDefinition);
        return;
      }
      switch (type.asPrimitiveType().getPrimitiveTypeName()) {
        case BOOLEAN -> writer.write((boolean) value, repetition, definition);
        case INT32 -> writer.write(int32(value), repetition, definition);
        case INT64 -> writer.write(int64(value), repetition, definition);
        case FLOAT -> {
          nanCount += Float.isNaN((float) value) ? 1 : 0;
          writer.write((float) value, repetition, definition);
        }
        case DOUBLE -> {
          nanCount += Double.isNaN((double) value) ? 1 : 0;
          writer.write((double) value, repetition, definition);
        }
        case BINARY -> writer.write(binary(value), repetition, definition);
        case INT96, FIXED_LEN_BYTE_ARRAY -> throw new AssertionError(type);
      }
    }

    private static int int32(Object value) {
      return value instanceof LocalDate date ? Math.toIntExact(date.toEpochDay()) : (Integer) value;
    }

    private static long int64(Object value) {
      return value instanceof Instant instant ? Timestamps.toMicros(instant) : (Long) value;
    }

    private static Binary binary(Object value) {
      return value instanceof String text
          ? Binary.fromString(text)
          : Binary.fromReusedByteArray((byte[]) value);
    }
  }

  private record StructNode(GroupType type, List<Node> children) implements Node {
    @Override
    public void write(@Nullable Object value, int repetition, int parentDefinition) {
      int definition = parentDefinition;
      Map<?, ?> fields = Map.of();
      if (value != null) {
        fields = (Map<?, ?>) value;
        definition += type.isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0;
      }
      for (int i = 0; i < children.size(); i++) {
        Object child = fields.get(type.getFieldName(i));
        children.get(i).write(child, repetition, definition);
      }
    }
  }

  private record ListNode(Node element, int definition, int elementRepetition) implements Node {
    @Override
    public void write(@Nullable Object value, int repetition, int parentDefinition) {
      if (value == null) {
        element.write(null, repetition, parentDefinition);
        return;
      }
      Collection<?> items = (Collection<?>) value;
      if (items.isEmpty()) {
        element.write(null, repetition, definition);
        return;
      }
      int itemRepetition = repetition;
      for (Object item : items) {
        element.write(item, itemRepetition, definition + 1);
        itemRepetition = elementRepetition;
      }
    }
  }
}

package io.proximadb.storage.viper;

import io.proximadb.model.FieldType;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ObjectColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * A column of lists or structs, put together from its leaves [1]. Fields of structs are matched by
 * their ids, as Iceberg wants it.
 *
 * <p>[1] Melnik et al., Dremel: Interactive Analysis of Web-Scale Datasets, VLDB 2010.
 */
final class NestedColumn implements ColumnAccess {
  private final ViperFile file;
  private final FieldType type;
  private final List<LeafCursor> cursors = new ArrayList<>();
  private final Node root;
  private int nextLeaf;

  NestedColumn(ViperFile file, int firstLeaf, NestedField inFile, NestedField inTable) {
    this.file = file;
    this.type = FieldTypes.of(inTable.type());
    this.nextLeaf = firstLeaf;
    this.root = node(inFile, inTable, 0, 0);
  }

  /**
   * Takes leaves in the order of the file; {@code inTable} is null for a field that was dropped.
   */
  private Node node(
      NestedField inFile, @Nullable NestedField inTable, int parentDefinition, int repetition) {
    int definition = parentDefinition + (inFile.isOptional() ? 1 : 0);
    Type stored = inFile.type();
    Type wanted = inTable == null ? stored : inTable.type();
    if (stored.isPrimitiveType()) {
      LeafCursor cursor = new LeafCursor(file, nextLeaf++, FieldTypes.scalar(wanted));
      cursors.add(cursor);
      return new Leaf(cursor);
    }
    int first = cursors.size();
    if (stored.isListType()) {
      NestedField element = stored.asListType().fields().get(0);
      NestedField wantedElement = wanted.asListType().fields().get(0);
      Node child = node(element, wantedElement, definition + 1, repetition + 1);
      return new ListNode(child, cursors.get(first), definition, repetition + 1);
    }
    Map<String, Node> children = new LinkedHashMap<>();
    List<Node> dropped = new ArrayList<>();
    wanted.asStructType().fields().forEach(field -> children.put(field.name(), Node.NOTHING));
    for (NestedField field : stored.asStructType().fields()) {
      NestedField match = wanted.asStructType().field(field.fieldId());
      Node child = node(field, match, definition, repetition);
      if (match == null) {
        dropped.add(child);
      } else {
        children.put(match.name(), child);
      }
    }
    return new StructNode(children, dropped, cursors.get(first), definition);
  }

  @Override
  public Column range(int from, int to) {
    return read(to - from, i -> from + i);
  }

  @Override
  public Column rows(int[] positions) {
    return read(positions.length, i -> positions[i]);
  }

  private Column read(int count, IntUnaryOperator position) {
    @Nullable Object[] values = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      int row = position.applyAsInt(i);
      for (LeafCursor cursor : cursors) {
        cursor.seek(row);
      }
      values[i] = root.read();
      for (LeafCursor cursor : cursors) {
        cursor.endRow();
      }
    }
    return new ObjectColumn(type, values);
  }

  /** Reads the value at the cursors and moves them behind it. */
  private interface Node {
    /** A field that the file does not have. */
    Node NOTHING = () -> null;

    @Nullable Object read();
  }

  private record Leaf(LeafCursor cursor) implements Node {
    @Override
    public @Nullable Object read() {
      Object value = cursor.value();
      cursor.next();
      return value;
    }
  }

  private record StructNode(
      Map<String, Node> children, List<Node> dropped, LeafCursor first, int definition)
      implements Node {
    @Override
    public @Nullable Object read() {
      boolean present = first.definition() >= definition;
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      children.forEach((name, child) -> fields.put(name, child.read()));
      dropped.forEach(Node::read);
      return present ? fields : null;
    }
  }

  private record ListNode(Node element, LeafCursor first, int definition, int repetition)
      implements Node {
    @Override
    public @Nullable Object read() {
      int found = first.definition();
      if (found <= definition) {
        // One entry stands for a list that is null or empty.
        element.read();
        return found < definition ? null : new ArrayList<>();
      }
      List<@Nullable Object> items = new ArrayList<>();
      do {
        items.add(element.read());
      } while (first.repetition() == repetition);
      return items;
    }
  }
}

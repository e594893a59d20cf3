package io.proximadb.core;

import io.proximadb.api.VersionedWrite;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Makes columns of unknown metadata keys, where the collection's mode is {@code evolving}: before
 * the records that have them are logged, so that log and memory know columns alone.
 */
final class MetadataEvolution {
  static final String STRICT = "strict";
  static final String EVOLVING = "evolving";

  private final CollectionStore store;
  private final SchemaAlteration alteration;
  private final Object oneAtATime = new Object();

  MetadataEvolution(CollectionStore store, SchemaAlteration alteration) {
    this.store = store;
    this.alteration = alteration;
  }

  /**
   * The records as the schema takes them, which has got new columns if need be.
   *
   * @throws InvalidArgumentException if a key has values of different types, or a record is wrong
   *     in another way; no column is made then
   */
  List<VectorRecord> admit(List<VectorRecord> records) {
    SchemaTools tools = store.schemaTools();
    if (!isEvolving(tools) || records.stream().allMatch(record -> fits(tools, record))) {
      return records;
    }
    synchronized (oneAtATime) {
      CollectionSchema schema = store.schemaTools().context().schema();
      EvolvingColumns columns = EvolvingColumns.of(schema, records);
      List<VectorRecord> admitted = records.stream().map(columns::rewrite).toList();
      List<SchemaChange> changes = columns.changes();
      RecordValidator validator = new RecordValidator(SchemaChange.applyAll(schema, changes));
      admitted.forEach(record -> validator.toRow(record, 0, 0));
      alteration.run(changes);
      return admitted;
    }
  }

  /** The same for writes with an expected version. */
  List<VersionedWrite> admitWrites(List<VersionedWrite> writes) {
    List<VectorRecord> given =
        writes.stream().map(VersionedWrite::newRecord).flatMap(Optional::stream).toList();
    Iterator<VectorRecord> admitted = admit(given).iterator();
    List<VersionedWrite> changed = new ArrayList<>(writes.size());
    for (VersionedWrite write : writes) {
      changed.add(
          write.newRecord().isPresent()
              ? new VersionedWrite(write.id(), admitted.next(), write.expectedVersion())
              : write);
    }
    return changed;
  }

  private static boolean isEvolving(SchemaTools tools) {
    String mode = tools.context().properties().getOrDefault(TableProperties.METADATA_MODE, STRICT);
    if (!mode.equals(STRICT) && !mode.equals(EVOLVING)) {
      throw new InvalidArgumentException(
          "Invalid "
              + TableProperties.METADATA_MODE
              + ": '"
              + mode
              + "' (expected "
              + STRICT
              + " or "
              + EVOLVING
              + ")");
    }
    return mode.equals(EVOLVING);
  }

  private static boolean fits(SchemaTools tools, VectorRecord record) {
    CollectionSchema schema = tools.context().schema();
    return record.metadata().keySet().stream()
        .allMatch(key -> schema.metadataField(key).isPresent());
  }
}

package io.proximadb.catalog;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.CommitTimes;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * A collection's table, as of the last {@link #refresh()}. Safe for use by several threads; what
 * one call returns is consistent in itself, two calls may see different states.
 */
public final class CollectionTable {
  /**
   * Files of a snapshot that are kept in memory, at one to two kilobytes each: maintenance looks at
   * them once for each kind of work, and each time between two commits finds the same.
   */
  private static final int MAX_KEPT_FILES = 10_000;

  private final CollectionName name;
  private final Table table;
  private final @Nullable Attachment attachment;
  private final @Nullable Attachments registry;
  private volatile Parsed parsed;

  CollectionTable(CollectionName name, Table table) {
    this(name, table, null, null);
  }

  /**
   * A table as a collection.
   *
   * @param attachment which columns of it are what, for a table of another engine; null for a
   *     collection
   * @param registry where attachments are registered; null for a collection
   */
  CollectionTable(
      CollectionName name,
      Table table,
      @Nullable Attachment attachment,
      @Nullable Attachments registry) {
    this.name = name;
    this.table = table;
    this.attachment = attachment;
    this.registry = registry;
    this.parsed = parse(registeredIndexes());
  }

  private Parsed parse(Map<String, String> indexes) {
    return Parsed.of(name, table, table.schema(), attachment, indexes);
  }

  /** The indexes of an attached table; those of a collection are among its properties. */
  private Map<String, String> registeredIndexes() {
    return registry == null ? Map.of() : registry.indexes(name);
  }

  public CollectionName name() {
    return name;
  }

  /** True for a table of another engine that is only read here. */
  public boolean isAttached() {
    return attachment != null;
  }

  /** How an attached table is registered; null for a collection. */
  @Nullable Attachment attachment() {
    return attachment;
  }

  /**
   * Refuses what would change an attached table.
   *
   * @param what is to be done to the table, for the message: {@code commit to}
   * @throws InvalidArgumentException if it is attached
   */
  public void checkWritable(String what) {
    if (attachment != null) {
      throw new InvalidArgumentException(
          "Cannot "
              + what
              + " '"
              + name
              + "': it is the attached table '"
              + attachment.table()
              + "', which is only read here (change it with the engine that it belongs to)");
    }
  }

  /** The Iceberg table itself. */
  public Table table() {
    return table;
  }

  public UUID uuid() {
    return parsed.context.tableUuid();
  }

  public CollectionSchema schema() {
    return parsed.context.schema();
  }

  /** What readers and writers of files need; serializable. */
  public TableContext context() {
    return parsed.context;
  }

  public Map<String, String> properties() {
    return attachment == null ? table.properties() : parsed.context.properties();
  }

  /**
   * Reads the table's current metadata from the catalog.
   *
   * @throws NotFoundException if there is another table of its name now
   */
  public void refresh() {
    try {
      table.refresh();
    } catch (IllegalStateException e) {
      // Iceberg's word for the metadata of another table.
      if (String.valueOf(e.getMessage()).startsWith("Table UUID does not match")) {
        throw new NotFoundException(
            "Cannot read '"
                + name
                + "': the collection was dropped and created again, or replaced; open it anew",
            e);
      }
      throw e;
    }
    Map<String, String> indexes = registeredIndexes();
    if (parsed.icebergSchema != table.schema()
        || parsed.properties != table.properties()
        || parsed.snapshot != table.currentSnapshot()
        || !parsed.indexes.equals(indexes)) {
      parsed = parse(indexes);
    }
  }

  /**
   * Creates and drops indexes of an attached table; the table itself is not changed.
   *
   * @param changes made one after the other, all of them of indexes
   * @throws InvalidArgumentException if there is another change among them, a definition is not
   *     valid, or there is no place for files of indexes
   * @throws io.proximadb.error.AlreadyExistsException if there is an index of that name
   * @throws NotFoundException if there is none of that name
   */
  public void changeIndexes(List<SchemaChange> changes) {
    Attachments registered = registry;
    if (attachment == null || registered == null) {
      throw new IllegalStateException("Table " + name + " is not attached");
    }
    for (SchemaChange change : changes) {
      if (!(change instanceof SchemaChange.AddIndex || change instanceof SchemaChange.DropIndex)) {
        checkWritable("alter");
      }
    }
    refresh();
    TableContext context = context();
    registered.change(attachment, IndexChanges.of(context, changes), context.icebergSchema());
    refresh();
  }

  /**
   * Reads the table's current metadata for a commit to it.
   *
   * @param what is to be done to the table, for the message: {@code commit to}
   * @throws NotFoundException if the table was dropped, also if there is another of its name now
   */
  void refreshTo(String what) {
    checkWritable(what);
    UUID before = uuid();
    try {
      refresh();
    } catch (NoSuchTableException e) {
      throw new NotFoundException(
          "Cannot " + what + " '" + name + "': the collection was dropped", e);
    }
    if (!uuid().equals(before)) {
      throw new NotFoundException(
          "Cannot "
              + what
              + " '"
              + name
              + "': the collection was dropped and created again (uuid="
              + uuid()
              + ", expected "
              + before
              + ")");
    }
  }

  /** The current snapshot; empty while nothing was committed. */
  public OptionalLong snapshotId() {
    Snapshot snapshot = table.currentSnapshot();
    return snapshot == null ? OptionalLong.empty() : OptionalLong.of(snapshot.snapshotId());
  }

  /**
   * The table with the schema that it had at a snapshot.
   *
   * @throws NotFoundException if there is no such snapshot
   */
  public TableContext contextAt(long snapshotId) {
    Snapshot snapshot = table.snapshot(snapshotId);
    if (snapshot == null) {
      throw new NotFoundException("Cannot read '" + name + "': no snapshot " + snapshotId);
    }
    Integer schemaId = snapshot.schemaId();
    Schema schema = schemaId == null ? null : table.schemas().get(schemaId);
    return schema == null || schema.sameSchema(parsed.icebergSchema)
        ? parsed.context
        : Parsed.of(name, table, schema, attachment, parsed.indexes).context;
  }

  /** The data files of the current snapshot with their deletes. */
  public List<LiveFile> liveFiles() {
    Snapshot snapshot = table.currentSnapshot();
    return snapshot == null ? List.of() : liveFiles(snapshot.snapshotId());
  }

  /**
   * The data files of a snapshot with their deletes, and the rows that other engines replaced
   * without deleting them. The latter are looked for in files that came after our last commit, and
   * kept. What the current snapshot has is read from its manifests once.
   */
  public List<LiveFile> liveFiles(long snapshotId) {
    Parsed current = parsed;
    boolean kept = current.snapshot != null && current.snapshot.snapshotId() == snapshotId;
    List<LiveFile> known = kept ? current.files.get() : null;
    if (known != null) {
      return known;
    }
    List<LiveFile> files = List.copyOf(readLiveFiles(snapshotId));
    if (kept && files.size() <= MAX_KEPT_FILES) {
      current.files.set(files);
    }
    return files;
  }

  private List<LiveFile> readLiveFiles(long snapshotId) {
    List<LiveFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table
            .newScan()
            .useSnapshot(snapshotId)
            .includeColumnStats()
            .planWith(ManifestReaders.of(table.io()))
            .planFiles()) {
      tasks.forEach(task -> files.add(new LiveFile(task.file(), task.deletes())));
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot list the files of '" + name + "' (snapshot=" + snapshotId + ")", e);
    }
    return Replaced.find(parsed.context, files, settledSequence(snapshotId));
  }

  /** Nothing is settled in an attached table; one of format 1 has sequence number 0 throughout. */
  private long settledSequence(long snapshotId) {
    return attachment == null ? Replaced.settledSequence(table, snapshotId) : -1;
  }

  /**
   * How many rows of the current snapshot other engines replaced, or deleted by equality, that no
   * commit of ours has deleted yet; empty if no other engine has written since our last commit.
   */
  public OptionalLong unsettledRows() {
    Snapshot snapshot = table.currentSnapshot();
    if (snapshot == null) {
      return OptionalLong.empty();
    }
    long settled = Replaced.settledSequence(table, snapshot.snapshotId());
    boolean open = false;
    long rows = 0;
    for (LiveFile file : liveFiles(snapshot.snapshotId())) {
      Long sequence = file.dataFile().dataSequenceNumber();
      open |= sequence != null && sequence > settled;
      open |= !file.equalityDeletes().isEmpty();
      RoaringBitmap unsettled = file.unsettled(context());
      if (!unsettled.isEmpty()) {
        file.positionDeletes(table.io())
            .forEach(position -> unsettled.remove(Math.toIntExact(position)));
        rows += unsettled.getLongCardinality();
      }
    }
    return open ? OptionalLong.of(rows) : OptionalLong.empty();
  }

  /**
   * True if a commit of ProximaDB made a snapshot, after which no row is replaced or deleted but by
   * deletion vectors.
   */
  public static boolean isOfProximaDb(Snapshot snapshot) {
    return snapshot.summary().containsKey(Replaced.SETTLED);
  }

  TableOperations operations() {
    return ((HasTableOperations) table).operations();
  }

  /** A property of the table, or null. */
  public @Nullable String property(String key) {
    return properties().get(key);
  }

  /**
   * What metadata says, parsed.
   *
   * @param snapshot the current one
   * @param indexes of an attached table, as they are registered
   * @param files those of that snapshot, once they were read
   */
  private record Parsed(
      Schema icebergSchema,
      Map<String, String> properties,
      @Nullable Snapshot snapshot,
      Map<String, String> indexes,
      TableContext context,
      AtomicReference<@Nullable List<LiveFile>> files) {
    static Parsed of(
        CollectionName name,
        Table table,
        Schema icebergSchema,
        @Nullable Attachment attachment,
        Map<String, String> indexes) {
      Map<String, String> properties = table.properties();
      TableContext context =
          attachment == null
              ? context(
                  table,
                  icebergSchema,
                  SchemaMapping.fromIceberg(name.toString(), icebergSchema, properties),
                  properties)
              : attached(attachment, table, icebergSchema, indexes);
      return new Parsed(
          icebergSchema,
          properties,
          table.currentSnapshot(),
          indexes,
          context,
          new AtomicReference<>());
    }

    private static TableContext attached(
        Attachment attachment, Table table, Schema icebergSchema, Map<String, String> indexes) {
      AttachedSchema seen = AttachedSchema.of(attachment, icebergSchema);
      return context(
          table,
          seen.icebergSchema(),
          seen.schema(),
          seen.properties(attachment, table, icebergSchema, indexes));
    }

    private static TableContext context(
        Table table,
        Schema icebergSchema,
        CollectionSchema schema,
        Map<String, String> properties) {
      String location = table.location();
      return new TableContext(
          table.uuid(),
          location.endsWith("/") ? location.substring(0, location.length() - 1) : location,
          icebergSchema,
          schema,
          table.io(),
          Map.copyOf(properties),
          CommitTimes.of(table.snapshots()));
    }
  }
}

package io.proximadb.catalog;

import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.jspecify.annotations.Nullable;

/**
 * Changes properties of a table if others have the values expected: one compare-and-set, which
 * looks at no file and passes beside commits of rows.
 *
 * <p>Not safe for use by several threads; {@link #commit()} is called once.
 */
public final class PropertyCommit {
  /** Each race that is lost is a commit of someone else; a lease lives for minutes of them. */
  private static final int MAX_ATTEMPTS = 100;

  private static final long MIN_BACKOFF_MICROS = 1_000;
  private static final long MAX_BACKOFF_MICROS = 200_000;

  private final CollectionTable table;
  private final Map<String, Optional<String>> required = new LinkedHashMap<>();
  private final Map<String, Optional<String>> changes = new LinkedHashMap<>();

  private PropertyCommit(CollectionTable table) {
    this.table = table;
  }

  public static PropertyCommit on(CollectionTable table) {
    return new PropertyCommit(table);
  }

  /** Passes only if the property has this value; null for "not set". */
  public PropertyCommit require(String key, @Nullable String expected) {
    required.put(key, Optional.ofNullable(expected));
    return this;
  }

  /** Sets a property, or removes it with null. */
  public PropertyCommit set(String key, @Nullable String value) {
    changes.put(key, Optional.ofNullable(value));
    return this;
  }

  /**
   * Makes the change; the table is then refreshed.
   *
   * @throws ConflictException if a required property differs; nothing was changed
   * @throws CommitStateUnknownException if the outcome could not be found out
   * @throws NotFoundException if the table was dropped, or another has its name
   */
  public void commit() {
    table.checkWritable("change properties of");
    UUID uuid = table.uuid();
    RuntimeException unknown = null;
    RuntimeException last = null;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      TableMetadata base = current(uuid);
      if (unknown != null && isDone(base)) {
        return;
      }
      try {
        GuardedOperations.checkProperties(table.name().toString(), required, base.properties());
      } catch (ConflictException e) {
        // After an attempt that was lost from sight somebody may have gone on from what it set.
        throw unknown == null ? e : unknown(e);
      }
      try {
        commit(base);
        table.refresh();
        return;
      } catch (GuardedOperations.StaleParentException | CommitFailedException e) {
        last = e;
      } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
        unknown = e;
      }
      backOff(attempt);
    }
    if (unknown != null) {
      throw unknown(unknown);
    }
    throw new ConflictException(
        "Cannot change properties of '"
            + table.name()
            + "': lost "
            + MAX_ATTEMPTS
            + " races in a row",
        last);
  }

  private TableMetadata current(UUID uuid) {
    try {
      table.refresh();
    } catch (NoSuchTableException e) {
      throw new NotFoundException(
          "Cannot change properties of '" + table.name() + "': the collection was dropped", e);
    }
    if (!table.uuid().equals(uuid)) {
      throw new NotFoundException(
          "Cannot change properties of '"
              + table.name()
              + "': the collection was dropped and created again");
    }
    return table.operations().current();
  }

  private void commit(TableMetadata base) {
    TableOperations guarded =
        new GuardedOperations(
            table.operations(),
            table.name().toString(),
            GuardedOperations.snapshotId(base),
            required);
    Map<String, String> properties = new HashMap<>(base.properties());
    changes.forEach(
        (key, value) ->
            value.ifPresentOrElse(set -> properties.put(key, set), () -> properties.remove(key)));
    guarded.commit(base, base.replaceProperties(properties));
  }

  private boolean isDone(TableMetadata metadata) {
    return changes.entrySet().stream()
        .allMatch(
            change ->
                Objects.equals(
                    change.getValue().orElse(null), metadata.properties().get(change.getKey())));
  }

  private CommitStateUnknownException unknown(RuntimeException cause) {
    return new CommitStateUnknownException(
        "Cannot tell whether a change of properties of '" + table.name() + "' passed", cause);
  }

  private static void backOff(int attempt) {
    long bound = Math.min(MAX_BACKOFF_MICROS, MIN_BACKOFF_MICROS << Math.min(attempt, 10));
    long micros = ThreadLocalRandom.current().nextLong(MIN_BACKOFF_MICROS / 2, bound + 1);
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
  }
}

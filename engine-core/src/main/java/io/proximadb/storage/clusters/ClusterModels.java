package io.proximadb.storage.clusters;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.VectorField;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster models of tables, at {@code <table>/_proximadb/clusters/<field
 * id>-<generation>.model-v1}. A table property names the current generation of a vector field;
 * others stay for as long as a file has rows of theirs.
 *
 * <p>A model helps reads and never decides about their results: one that is missing or damaged is
 * logged, and rows of its generation are read as rows without a cluster. Models never change, so
 * all of the process share one bounded cache.
 */
public final class ClusterModels {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterModels.class);

  private static final String PROPERTY_PREFIX = "proximadb.clusters.";
  private static final String PROPERTY_SUFFIX = ".generation";

  /** 128 MiB: the models of some hundred tables, or of few very large ones. */
  private static final long CACHE_BYTES = 128L << 20;

  /** Models known to be unreadable, each a few hundred bytes. */
  private static final int MAX_UNREADABLE = 1_000;

  /** After that time an unreadable model is looked for again. */
  private static final Duration UNREADABLE_FOR = Duration.ofMinutes(1);

  private record Key(UUID table, String location) {}

  private static final Cache<Key, ClusterModel> MODELS =
      Caffeine.newBuilder()
          .maximumWeight(CACHE_BYTES)
          .<Key, ClusterModel>weigher((key, model) -> weight(model))
          .executor(Runnable::run)
          .build();

  private static final Cache<Key, Boolean> UNREADABLE =
      Caffeine.newBuilder()
          .maximumSize(MAX_UNREADABLE)
          .expireAfterWrite(UNREADABLE_FOR)
          .executor(Runnable::run)
          .build();

  private ClusterModels() {}

  private static int weight(ClusterModel model) {
    long floats = (long) model.centroids().count() * model.centroids().dimension();
    return (int) Math.min(Integer.MAX_VALUE, 1_024 + 2 * Float.BYTES * floats);
  }

  /** The folder of a table's models. */
  public static String folder(TableContext table) {
    return table.location() + "/" + TableContext.OWN_FOLDER + "/clusters";
  }

  /** Where a model stands. */
  public static String location(TableContext table, int fieldId, int generation) {
    return folder(table) + "/" + fieldId + "-" + generation + ".model-v1";
  }

  /** The table property that holds the current generation of a vector field. */
  public static String property(int fieldId) {
    return PROPERTY_PREFIX + fieldId + PROPERTY_SUFFIX;
  }

  /** Iceberg's field id of a vector field's column. */
  public static int fieldId(TableContext table, VectorField field) {
    return table.icebergSchema().findField(field.name()).fieldId();
  }

  /** The vector field whose clusters order the rows of files. */
  public static VectorField field(TableContext table) {
    return table.schema().defaultVectorField();
  }

  /** True if rows are clustered: by a dense field that all of them have. */
  public static boolean clustersRows(TableContext table) {
    return !field(table).isSparse() && !field(table).optional();
  }

  /**
   * The generation that new rows get, 0 if there is none. Rows without a vector cannot have one.
   */
  public static int currentGeneration(TableContext table) {
    if (!clustersRows(table)) {
      return 0;
    }
    String value = table.properties().get(property(fieldId(table, field(table))));
    try {
      return value == null ? 0 : Math.max(0, Integer.parseInt(value.trim()));
    } catch (NumberFormatException e) {
      LOG.warn("Rows of {} get no clusters: generation '{}'", table.location(), value, e);
      return 0;
    }
  }

  /** The model that new rows are clustered by, or null if there is none that can be read. */
  public static @Nullable ClusterModel current(TableContext table) {
    int generation = currentGeneration(table);
    return generation == 0 ? null : find(table, generation);
  }

  /** A generation of the field that orders rows, or null if its model cannot be read. */
  public static @Nullable ClusterModel find(TableContext table, int generation) {
    VectorField field = field(table);
    int fieldId = fieldId(table, field);
    Key key = new Key(table.tableUuid(), location(table, fieldId, generation));
    ClusterModel known = MODELS.getIfPresent(key);
    if (known != null || UNREADABLE.getIfPresent(key) != null) {
      return known;
    }
    try {
      ClusterModel model = read(table, fieldId, generation);
      if (model.centroids().dimension() != field.dimension()
          || model.centroids().metric() != field.metric()) {
        throw new CorruptFileException(
            "Cannot use cluster model " + key.location() + ": it does not fit field " + field);
      }
      MODELS.put(key, model);
      return model;
    } catch (NotFoundException
        | CorruptFileException
        | UnsupportedVersionException
        | UnavailableException e) {
      LOG.warn("Reading without clusters of generation {}: {}", generation, e.getMessage());
      UNREADABLE.put(key, true);
      return null;
    }
  }

  /**
   * Reads a model and verifies all of it.
   *
   * @throws NotFoundException if there is none
   * @throws CorruptFileException if it is damaged, or of another table, field or generation
   * @throws UnsupportedVersionException if a newer version wrote it
   */
  public static ClusterModel read(TableContext table, int fieldId, int generation) {
    return ClusterModelFormat.read(
        table, location(table, fieldId, generation), fieldId, generation);
  }

  /**
   * Writes a model, durably. It is of no effect until the table's property names it.
   *
   * @throws AlreadyExistsException if there is a file of that generation, be it one that was never
   *     committed: choose the next
   * @throws UnavailableException if it cannot be written
   */
  public static void write(TableContext table, ClusterModel model) {
    String location = location(table, model.fieldId(), model.generation());
    try {
      ClusterModelFormat.write(table, location, model);
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw new AlreadyExistsException(
          "Cannot write cluster model " + location + ": there is a file of that name", e);
    } catch (IOException | RuntimeIOException e) {
      throw new UnavailableException(
          "Cannot write cluster model " + location + ": " + e.getMessage(), e);
    }
  }
}

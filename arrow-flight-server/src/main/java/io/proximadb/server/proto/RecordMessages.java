package io.proximadb.server.proto;

import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Timestamps;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.proto.v1.Vector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records to and from their messages. */
public final class RecordMessages {
  private RecordMessages() {}

  /**
   * Reads records.
   *
   * @param field where they stand in the request, {@code "records"}
   * @throws InvalidFieldException if one does not fit the schema
   */
  public static List<VectorRecord> fromMessages(
      List<io.proximadb.proto.v1.Record> messages, CollectionSchema schema, String field) {
    List<VectorRecord> records = new ArrayList<>(messages.size());
    for (io.proximadb.proto.v1.Record message : messages) {
      records.add(fromMessage(message, schema, field + "[" + records.size() + "]"));
    }
    return records;
  }

  /** Reads a record. */
  public static VectorRecord fromMessage(
      io.proximadb.proto.v1.Record message, CollectionSchema schema, String field) {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    Map<String, SparseVector> sparse = new LinkedHashMap<>();
    if (message.getVectorCount() > 0) {
      VectorField usual = schema.defaultVectorField();
      if (usual.isSparse()) {
        throw InvalidFieldException.of(
            field + ".vector",
            "Invalid record '"
                + message.getId()
                + "': the default field '"
                + usual.name()
                + "' is sparse (expected it among vectors, with indices and values)");
      }
      vectors.put(usual.name(), floats(message.getVectorList()));
    }
    message
        .getVectorsMap()
        .forEach(
            (name, vector) -> {
              if (schema.sparseField(name).isPresent()) {
                sparse.put(
                    name,
                    InvalidFieldException.at(field + ".vectors." + name, () -> sparse(vector)));
              } else {
                vectors.put(name, floats(vector.getValuesList()));
              }
            });
    return new VectorRecord(
        message.getId(),
        vectors,
        sparse,
        InvalidFieldException.at(
            field + ".metadata", () -> metadata(message.getMetadata(), schema)),
        message.hasExpiresAt()
            ? InvalidFieldException.at(field + ".expiresAt", () -> instant(message.getExpiresAt()))
            : null);
  }

  private static Map<String, @Nullable Object> metadata(Struct message, CollectionSchema schema) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    message
        .getFieldsMap()
        .forEach(
            (name, value) -> {
              MetadataField column =
                  schema
                      .metadataField(name)
                      .orElseThrow(() -> unknown("metadata column", name, schema));
              values.put(
                  name, ValueMessages.fromMessage(value, column.type(), "column '" + name + "'"));
            });
    return values;
  }

  private static InvalidArgumentException unknown(
      String what, String name, CollectionSchema schema) {
    return new InvalidArgumentException(
        "Invalid "
            + what
            + ": '"
            + name
            + "' (expected one of "
            + schema.plainFields().stream().map(MetadataField::name).toList()
            + ")");
  }

  /** The components of a dense vector. */
  public static float[] floats(List<Float> values) {
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i);
    }
    return vector;
  }

  /**
   * Reads a sparse vector.
   *
   * @throws InvalidArgumentException if indices and values do not make one
   */
  public static SparseVector sparse(Vector message) {
    return SparseVector.of(
        message.getIndicesList().stream().mapToInt(Integer::intValue).toArray(),
        floats(message.getValuesList()));
  }

  /** The time of a message. */
  public static Instant instant(Timestamp message) {
    if (!Timestamps.isValid(message)) {
      throw new InvalidArgumentException(
          "Invalid time: "
              + message.getSeconds()
              + " s and "
              + message.getNanos()
              + " ns (expected the years 1 to 9999)");
    }
    return Instant.ofEpochSecond(message.getSeconds(), message.getNanos());
  }

  /** The message of a time; the end of the year 9999, the last that there is, for later ones. */
  public static Timestamp timestamp(Instant time) {
    Timestamp message =
        Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()).build();
    return Timestamps.isValid(message) ? message : Timestamps.MAX_VALUE;
  }

  /** The message of a record, whole. */
  public static io.proximadb.proto.v1.Record toMessage(
      StoredRecord stored, CollectionSchema schema) {
    VectorRecord record = stored.record();
    var message = io.proximadb.proto.v1.Record.newBuilder().setId(record.id());
    record.vectors().forEach((name, vector) -> put(message, schema, name, vector));
    record.sparseVectors().forEach((name, vector) -> message.putVectors(name, toMessage(vector)));
    Struct.Builder metadata = Struct.newBuilder();
    record
        .metadata()
        .forEach(
            (name, value) -> {
              if (schema.sparseField(name).isEmpty()) {
                metadata.putFields(name, ValueMessages.toMessage(value));
              }
            });
    if (record.expiresAt() != null) {
      message.setExpiresAt(timestamp(record.expiresAt()));
    }
    return message
        .setMetadata(metadata)
        .setVersion(stored.version())
        .setUpdatedAt(timestamp(stored.updatedAt()))
        .build();
  }

  private static void put(
      io.proximadb.proto.v1.Record.Builder message,
      CollectionSchema schema,
      String name,
      float[] vector) {
    if (name.equals(schema.defaultVectorField().name())) {
      for (float value : vector) {
        message.addVector(value);
      }
    } else {
      message.putVectors(name, toMessage(vector));
    }
  }

  /** The message of a dense vector. */
  public static Vector toMessage(float[] vector) {
    Vector.Builder message = Vector.newBuilder();
    for (float value : vector) {
      message.addValues(value);
    }
    return message.build();
  }

  /** The message of a sparse vector. */
  public static Vector toMessage(SparseVector vector) {
    Vector.Builder message = Vector.newBuilder();
    for (int i = 0; i < vector.count(); i++) {
      message.addIndices(vector.index(i)).addValues(vector.value(i));
    }
    return message.build();
  }

  /** The records of a batch with a column for the id. */
  public static List<io.proximadb.proto.v1.Record> toMessages(
      ColumnBatch batch, List<String> columns, CollectionSchema schema) {
    List<io.proximadb.proto.v1.Record> records = new ArrayList<>(batch.rowCount());
    for (int row = 0; row < batch.rowCount(); row++) {
      var message = io.proximadb.proto.v1.Record.newBuilder();
      Struct.Builder metadata = Struct.newBuilder();
      for (String column : columns) {
        put(message, metadata, schema, column, batch.column(column).value(row));
      }
      records.add(message.setMetadata(metadata).build());
    }
    return records;
  }

  private static void put(
      io.proximadb.proto.v1.Record.Builder message,
      Struct.Builder metadata,
      CollectionSchema schema,
      String column,
      @Nullable Object value) {
    if (value instanceof float[] vector) {
      put(message, schema, column, vector);
    } else if (value != null && schema.sparseField(column).isPresent()) {
      message.putVectors(column, toMessage(SparseVector.ofStruct(value)));
    } else if (column.equals(SystemColumns.ID)) {
      message.setId(String.valueOf(value));
    } else if (column.equals(SystemColumns.EXPIRES_AT)) {
      if (value instanceof Instant time) {
        message.setExpiresAt(timestamp(time));
      }
    } else if (column.equals(SystemColumns.VERSION) && value instanceof Long version) {
      message.setVersion(version);
    } else if (column.equals(SystemColumns.UPDATED_AT) && value instanceof Instant time) {
      message.setUpdatedAt(timestamp(time));
    } else if (schema.vectorField(column).isEmpty() && schema.sparseField(column).isEmpty()) {
      metadata.putFields(column, ValueMessages.toMessage(value));
    }
  }

  /** The columns of a hit: vectors apart from the rest. */
  public static void putFields(
      Map<String, @Nullable Object> fields,
      CollectionSchema schema,
      Map<String, Value> plain,
      Map<String, Vector> vectors) {
    fields.forEach(
        (name, value) -> {
          if (value instanceof float[] vector) {
            vectors.put(name, toMessage(vector));
          } else if (value != null && schema.sparseField(name).isPresent()) {
            vectors.put(name, toMessage(SparseVector.ofStruct(value)));
          } else if (schema.vectorField(name).isEmpty() && schema.sparseField(name).isEmpty()) {
            plain.put(name, ValueMessages.toMessage(value));
          }
        });
  }
}

package io.proximadb.client;

import com.google.protobuf.InvalidProtocolBufferException;
import io.proximadb.api.WriteResult;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.PutAcknowledgement;
import io.proximadb.proto.v1.PutCommand;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.OutputColumns;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClient.ClientStreamListener;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A put stream: every call sends one batch and returns when the server has it durable. Not safe for
 * use by several threads. Must be closed.
 */
public final class RecordWriter implements AutoCloseable {
  private final CollectionSchema schema;
  private final RecordValidator validator;
  private final VectorSchemaRoot root;
  private final SyncPutListener acknowledgements = new SyncPutListener();
  private final ClientStreamListener stream;
  private boolean failed;

  RecordWriter(
      FlightClient client,
      BufferAllocator allocator,
      CollectionName name,
      CollectionSchema schema,
      PutMode mode,
      CallOption... options) {
    this.schema = schema;
    this.validator = new RecordValidator(schema);
    List<String> columns =
        mode == PutMode.PUT_MODE_DELETE ? List.of(SystemColumns.ID) : OutputColumns.whole(schema);
    this.root =
        VectorSchemaRoot.create(new Schema(OutputColumns.fields(schema, columns)), allocator);
    byte[] command =
        PutCommand.newBuilder().setCollection(name.toString()).setMode(mode).build().toByteArray();
    this.stream =
        client.startPut(FlightDescriptor.command(command), root, acknowledgements, options);
  }

  /**
   * Writes records as one batch.
   *
   * @throws io.proximadb.error.ProximaException if one of them does not fit or the server refuses
   *     the batch, of which then nothing is written
   */
  public WriteResult write(List<VectorRecord> records) {
    List<Row> rows = records.stream().map(record -> validator.toRow(record, 0, 0)).toList();
    BatchWriter.write(rows, this::value, root);
    return send();
  }

  /** Deletes records as one batch. */
  public WriteResult delete(List<String> ids) {
    ids.forEach(RecordValidator::checkId);
    BatchWriter.write(ids, (id, column) -> id, root);
    return send();
  }

  private @Nullable Object value(Row row, String column) {
    if (column.equals(SystemColumns.ID)) {
      return row.id();
    }
    if (column.equals(SystemColumns.EXPIRES_AT)) {
      return row.expiresAtMicros() == Row.NO_EXPIRY
          ? null
          : Timestamps.ofMicros(row.expiresAtMicros());
    }
    for (int i = 0; i < schema.vectorFields().size(); i++) {
      if (schema.vectorFields().get(i).name().equals(column)) {
        return row.vectors()[i];
      }
    }
    List<MetadataField> metadata = schema.metadataFields();
    for (int i = 0; i < metadata.size(); i++) {
      if (metadata.get(i).name().equals(column)) {
        return row.metadata()[i];
      }
    }
    throw new IllegalArgumentException("no column '" + column + "' in the schema");
  }

  private WriteResult send() {
    try {
      stream.putNext();
      return acknowledgement();
    } catch (FlightRuntimeException e) {
      failed = true;
      throw ClientErrors.translate(e);
    }
  }

  private WriteResult acknowledgement() {
    try (PutResult result = acknowledgements.read()) {
      if (result == null) {
        throw new UnavailableException("Cannot write batch: the server ended the stream");
      }
      byte[] bytes = new byte[(int) result.getApplicationMetadata().readableBytes()];
      result.getApplicationMetadata().readBytes(bytes);
      PutAcknowledgement message = PutAcknowledgement.parseFrom(bytes);
      return new WriteResult(Math.toIntExact(message.getRows()), message.getSequence());
    } catch (InvalidProtocolBufferException e) {
      throw new UnavailableException("Cannot read acknowledgement of batch: not its message", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Cannot wait for acknowledgement of batch: interrupted", e);
    } catch (ExecutionException e) {
      failed = true;
      if (e.getCause() instanceof FlightRuntimeException refused) {
        throw ClientErrors.translate(refused);
      }
      throw new UnavailableException("Cannot write batch: " + e.getCause(), e);
    }
  }

  /** Breaks the stream off; what was acknowledged stays. */
  public void abandon() {
    if (!failed) {
      failed = true;
      stream.error(CallStatus.CANCELLED.withDescription("abandoned").toRuntimeException());
    }
    close();
  }

  /** Ends the stream; what was acknowledged stays. */
  @Override
  public void close() {
    try (root;
        acknowledgements) {
      if (!failed) {
        stream.completed();
        stream.getResult();
      }
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    }
  }
}

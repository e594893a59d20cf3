package io.proximadb.server;

import io.proximadb.proto.v1.PutAcknowledgement;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.server.arrow.ArrowTypes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Batches as a client of another language would send them: right, or wrong in one way. */
public final class Batches {
  private static final Field FLOAT =
      Field.nullable("item", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE));

  private Batches() {}

  /** Columns "id" and "vector", the latter a list of any length in each row; null is null. */
  public static VectorSchemaRoot records(BufferAllocator allocator, Object... idsAndVectors) {
    List<String> ids = new ArrayList<>();
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < idsAndVectors.length; i += 2) {
      ids.add((String) idsAndVectors[i]);
      vectors.add((float[]) idsAndVectors[i + 1]);
    }
    Field list = new Field("vector", FieldType.nullable(ArrowType.List.INSTANCE), List.of(FLOAT));
    ListVector column = (ListVector) list.createVector(allocator);
    column.allocateNew();
    for (int row = 0; row < vectors.size(); row++) {
      if (vectors.get(row) == null) {
        column.setNull(row);
        continue;
      }
      int at = column.startNewValue(row);
      for (float component : vectors.get(row)) {
        ((Float4Vector) column.getDataVector()).setSafe(at++, component);
      }
      column.endValue(row, vectors.get(row).length);
    }
    return root(ids(allocator, ids), column, ids.size());
  }

  /** Rows of the same vector, of fixed size. */
  public static VectorSchemaRoot many(BufferAllocator allocator, List<String> ids, float[] vector) {
    Field list =
        new Field(
            "vector",
            FieldType.nullable(new ArrowType.FixedSizeList(vector.length)),
            List.of(FLOAT));
    FixedSizeListVector column = (FixedSizeListVector) list.createVector(allocator);
    column.setInitialCapacity(ids.size());
    column.allocateNew();
    for (int row = 0; row < ids.size(); row++) {
      column.setNotNull(row);
      for (int i = 0; i < vector.length; i++) {
        ((Float4Vector) column.getDataVector()).setSafe(row * vector.length + i, vector[i]);
      }
    }
    return root(ids(allocator, ids), column, ids.size());
  }

  private static FieldVector ids(BufferAllocator allocator, List<String> ids) {
    VarCharVector column =
        (VarCharVector)
            ArrowTypes.field("id", io.proximadb.model.FieldType.Scalar.STRING)
                .createVector(allocator);
    column.allocateNew();
    for (int row = 0; row < ids.size(); row++) {
      if (ids.get(row) == null) {
        column.setNull(row);
      } else {
        column.setSafe(row, ids.get(row).getBytes(StandardCharsets.UTF_8));
      }
    }
    return column;
  }

  private static VectorSchemaRoot root(FieldVector ids, FieldVector vectors, int rows) {
    ids.setValueCount(rows);
    vectors.setValueCount(rows);
    VectorSchemaRoot root = new VectorSchemaRoot(List.of(ids, vectors));
    root.setRowCount(rows);
    return root;
  }

  /** Puts one batch and returns its acknowledgement. */
  public static PutAcknowledgement put(
      FlightClient flight, String collection, PutMode mode, VectorSchemaRoot batch) {
    return put(flight, RunningServer.put(collection, mode), batch);
  }

  /** Puts one batch and returns its acknowledgement. */
  public static PutAcknowledgement put(
      FlightClient flight, FlightDescriptor descriptor, VectorSchemaRoot batch) {
    try (batch;
        SyncPutListener listener = new SyncPutListener()) {
      FlightClient.ClientStreamListener stream = flight.startPut(descriptor, batch, listener);
      stream.putNext();
      stream.completed();
      try (PutResult result = listener.read()) {
        stream.getResult();
        byte[] bytes = new byte[(int) result.getApplicationMetadata().readableBytes()];
        result.getApplicationMetadata().readBytes(bytes);
        return PutAcknowledgement.parseFrom(bytes);
      }
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof FlightRuntimeException refused) {
        throw refused;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}

package io.proximadb.client;

import io.proximadb.server.arrow.RowReader;
import io.proximadb.server.proto.CollectionMessages;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way from the server, as values by column; vectors are {@code float[]}. Closing it
 * early cancels the call. Not safe for use by several threads.
 */
public final class RowStream implements Iterator<Map<String, @Nullable Object>>, AutoCloseable {
  private final FlightStream stream;
  private Iterator<Map<String, @Nullable Object>> rows = Collections.emptyIterator();

  RowStream(FlightStream stream) {
    this.stream = stream;
  }

  /** The Iceberg snapshot under the answer; empty if the table has none yet. */
  public OptionalLong snapshotId() {
    return CollectionMessages.snapshotId(facts());
  }

  /** The log sequence up to which the server's own writes are included. */
  public long sequence() {
    return CollectionMessages.sequence(facts());
  }

  private Map<String, String> facts() {
    try {
      return stream.getSchema().getCustomMetadata();
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    }
  }

  @Override
  public boolean hasNext() {
    try {
      while (!rows.hasNext() && stream.next()) {
        rows = RowReader.rows(stream.getRoot()).iterator();
      }
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    }
    return rows.hasNext();
  }

  @Override
  public Map<String, @Nullable Object> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the stream is at its end");
    }
    return rows.next();
  }

  @Override
  public void close() {
    ClientErrors.close(stream);
  }
}

package io.proximadb.storage.viper;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.format.Encoding;

/**
 * A data page, verified, or a dictionary, which has neither rows nor levels. The buffers are shared
 * views, little-endian: read them by absolute positions or duplicate them.
 *
 * @param rows rows in it
 * @param values values in it, nulls included
 * @param nulls nulls among the values
 * @param encoding of the values
 * @param repetition levels
 * @param definition levels
 * @param data values
 */
record Page(
    int rows,
    int values,
    int nulls,
    Encoding encoding,
    ByteBuffer repetition,
    ByteBuffer definition,
    ByteBuffer data) {
  Page {
    data = data.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The values as a view of their own, little-endian. */
  ByteBuffer openData() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}

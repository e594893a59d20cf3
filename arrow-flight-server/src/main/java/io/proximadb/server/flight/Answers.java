package io.proximadb.server.flight;

import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** Batches on their way to clients. */
final class Answers {
  private Answers() {}

  /** Sends the batch that a stream's root holds, with application metadata. */
  static void send(byte[] metadata, BufferAllocator memory, ServerStreamListener listener) {
    ArrowBuf buffer = memory.buffer(metadata.length);
    try {
      buffer.writeBytes(metadata);
      listener.putNext(buffer);
    } catch (RuntimeException e) {
      // Who takes it gives it back; nobody did, if the client was gone.
      if (buffer.refCnt() > 0) {
        buffer.close();
      }
      throw e;
    }
  }
}

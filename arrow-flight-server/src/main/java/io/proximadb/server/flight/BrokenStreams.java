package io.proximadb.server.flight;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.proximadb.error.InvalidArgumentException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.flight.grpc.ServerInterceptorAdapter;
import org.apache.arrow.flight.impl.Flight;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends calls whose messages cannot be read, or do not come. Flight decodes messages where gRPC
 * hands them over: what is thrown there ends the call towards its client, and nobody tells the
 * thread that waits for its next batch, or for its descriptor; it would wait for ever, with its
 * memory and its place. Here the client is told that its message is wrong, and the thread that its
 * call is gone.
 */
public final class BrokenStreams implements ServerInterceptor {
  private static final String UNREADABLE =
      "Invalid message: it cannot be read as what Flight sends here";

  private static final Logger LOG = LoggerFactory.getLogger(BrokenStreams.class);

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    ClosedOnce<Q, R> once = new ClosedOnce<>(call);
    StreamStart start =
        (StreamStart) ServerInterceptorAdapter.SERVER_MIDDLEWARE_KEY.get().get(StreamStart.KEY);
    return new Watched<>(
        next.startCall(once, headers), once, start == null ? new StreamStart() : start);
  }

  /** A call whose end may be told by two, of whom the first one counts. */
  private static final class ClosedOnce<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final AtomicBoolean closed = new AtomicBoolean();

    ClosedOnce(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (closed.compareAndSet(false, true)) {
        super.close(status, trailers);
      }
    }
  }

  /** gRPC calls it by one thread at a time. */
  private static final class Watched<Q, R> extends SimpleForwardingServerCallListener<Q> {
    private final ClosedOnce<Q, R> call;
    private final StreamStart start;

    /** Calls of which clients send a stream that begins with a descriptor. */
    private final boolean isStream;

    private final MessageCheck messages = new MessageCheck();
    private boolean begun;
    private boolean halfClosed;
    private boolean broken;

    Watched(ServerCall.Listener<Q> listener, ClosedOnce<Q, R> call, StreamStart start) {
      super(listener);
      this.call = call;
      this.start = start;
      String method = call.getMethodDescriptor().getFullMethodName();
      this.isStream = method.endsWith("/DoPut") || method.endsWith("/DoExchange");
    }

    @Override
    public void onMessage(Q message) {
      if (broken) {
        discard(message);
        return;
      }
      try {
        check(message);
      } catch (RuntimeException e) {
        LOG.debug("A message is not what it says", e);
        discard(message);
        end(e instanceof InvalidArgumentException ? String.valueOf(e.getMessage()) : UNREADABLE);
        return;
      }
      try {
        super.onMessage(message);
        begun = true;
        start.begin();
      } catch (RuntimeException e) {
        LOG.debug("A message cannot be read", e);
        end(UNREADABLE);
      }
    }

    private void check(Q message) {
      Object descriptor = isStream && !begun ? MessageCheck.descriptor(message) : message;
      if (descriptor == null) {
        throw new InvalidArgumentException(
            "Invalid stream: its first message has no descriptor (expected a command)");
      }
      if (descriptor instanceof Flight.FlightDescriptor given
          && given.getType() != Flight.FlightDescriptor.DescriptorType.PATH
          && given.getType() != Flight.FlightDescriptor.DescriptorType.CMD) {
        throw new InvalidArgumentException(
            "Invalid descriptor: of type " + given.getTypeValue() + " (expected PATH or CMD)");
      }
      if (isStream) {
        messages.check(message);
      }
    }

    private void end(String reason) {
      broken = true;
      call.close(Status.INVALID_ARGUMENT.withDescription(reason), new Metadata());
      start.end();
      super.onCancel();
    }

    @Override
    public void onHalfClose() {
      halfClosed = true;
      if (isStream && !begun && !broken) {
        end("Invalid stream: it ends before its first message");
      } else if (!broken) {
        super.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      start.end();
      if (!broken) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      start.end();
      if (broken) {
        return;
      }
      if (call.closed.get() && (halfClosed || !isStream)) {
        super.onComplete();
      } else {
        // gRPC itself has ended the call, for bytes that are no message at all; or this server has,
        // while its client still sends. Who reads the stream is to know that nothing comes any
        // more.
        super.onCancel();
      }
    }

    private static void discard(Object message) {
      if (message instanceof AutoCloseable held) {
        try {
          held.close();
        } catch (Exception e) {
          LOG.warn("Cannot give back the memory of a message", e);
        }
      }
    }
  }
}

package io.proximadb.server.flight;

import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.RequestContext;

/**
 * Tells the thread of a stream whether its first message has come. Flight's own way to wait for the
 * stream's descriptor never ends where a client ends the stream without one.
 */
public final class StreamStart implements FlightServerMiddleware {
  /** Under which a call's middleware is found. */
  public static final Key<StreamStart> KEY = Key.of("proximadb-stream-start");

  private final CompletableFuture<Boolean> begun = new CompletableFuture<>();

  StreamStart() {}

  /** Gives each call its own. */
  public static Factory<StreamStart> factory() {
    return (CallInfo info, CallHeaders headers, RequestContext context) -> new StreamStart();
  }

  /** Waits until the first message of a call has come; false if the call ends without one. */
  static boolean await(CallContext context) {
    return context.getMiddleware(KEY).begun.join();
  }

  /** The first message has come, and has a descriptor. */
  void begin() {
    begun.complete(true);
  }

  /** There will be no message any more. */
  void end() {
    begun.complete(false);
  }

  @Override
  public void onBeforeSendingHeaders(CallHeaders outgoing) {}

  @Override
  public void onCallCompleted(CallStatus status) {}

  @Override
  public void onCallErrored(Throwable error) {}
}

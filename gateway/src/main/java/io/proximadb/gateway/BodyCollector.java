package io.proximadb.gateway;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Collects a request's body piece by piece, so that whoever counts the pieces sees each as it
 * comes: the library's own aggregation shows them when all are there.
 */
final class BodyCollector implements Subscriber<HttpObject> {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<HttpData> whole = new CompletableFuture<>();
  private @Nullable Subscription subscription;

  private BodyCollector() {}

  /** The body, once it is there; fails as the request does. */
  static CompletableFuture<HttpData> collect(HttpRequest request) {
    BodyCollector collector = new BodyCollector();
    request.subscribe(collector);
    return collector.whole;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(HttpObject piece) {
    if (piece instanceof HttpData data) {
      bytes.writeBytes(data.array());
    }
    if (subscription != null) {
      subscription.request(1);
    }
  }

  @Override
  public void onError(Throwable failure) {
    whole.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    whole.complete(HttpData.wrap(bytes.toByteArray()));
  }
}

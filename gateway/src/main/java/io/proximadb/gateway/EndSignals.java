package io.proximadb.gateway;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the signals that ask a process to end, TERM and INT, while the virtual machine is still
 * whole. A shutdown hook would come too late for a flush: it runs beside those of the libraries,
 * and Iceberg's stops the threads that a commit needs.
 *
 * <p>The platform's signal class is an unsupported one that every JDK has; it is reached by
 * reflection, so that nothing breaks where it is missing. There, a hook is what is left: calls end
 * well, and what is not flushed stays in the log.
 */
final class EndSignals {
  private static final Logger LOG = LoggerFactory.getLogger(EndSignals.class);
  private static final String[] SIGNALS = {"TERM", "INT"};

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  private EndSignals() {}

  /** Takes over the signals. */
  static EndSignals listen() {
    EndSignals signals = new EndSignals();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object countDown =
          Proxy.newProxyInstance(
              EndSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                signals.asked.countDown();
                return null;
              });
      for (String name : SIGNALS) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), countDown);
      }
    } catch (ReflectiveOperationException e) {
      LOG.warn("Cannot take over signals, what is not flushed at the end stays in the log", e);
      Runtime.getRuntime().addShutdownHook(new Thread(signals::askAndWait, "end"));
    }
    return signals;
  }

  private void askAndWait() {
    asked.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the process is asked to end. */
  void await() throws InterruptedException {
    asked.await();
  }

  /** Tells that everything is closed. */
  void ended() {
    ended.countDown();
  }
}

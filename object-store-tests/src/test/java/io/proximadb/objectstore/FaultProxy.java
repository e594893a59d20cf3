package io.proximadb.objectstore;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before an HTTP server and answers badly when told to. One request per connection. */
public final class FaultProxy implements Closeable {
  private static final int SLOW_MILLIS = 300;

  /**
   * Ports that no system gives to clients by itself. While connections are refused on one of those,
   * a client can be given that very port and connect to itself, and then it is not free any more.
   */
  private static final int FIRST_PORT = 20_000;

  private static final int END_PORT = 32_000;
  private static final int MAX_PORTS_TRIED = 100;

  private final int target;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fault-proxy");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Faults faults = (method, path) -> Fault.NONE;
  private volatile ServerSocket listening;

  /** What happens to a request. */
  public enum Fault {
    NONE,
    /** The server says that it has too many. */
    SLOW_DOWN,
    /** The server failed. */
    ERROR,
    /** The connection ends before the server gets it. */
    CUT_BEFORE,
    /** The server did it, and the connection ends without an answer. */
    CUT_AFTER,
    /** The server did it, and the connection ends in the middle of the answer. */
    CUT_WITHIN,
    /** The answer comes late. */
    SLOW
  }

  /** Chooses a fault for each request. */
  @FunctionalInterface
  public interface Faults {
    Fault of(String method, String path);
  }

  public FaultProxy(int target) throws IOException {
    this.target = target;
    this.listening = listenAnywhere();
  }

  private ServerSocket listenAnywhere() throws IOException {
    for (int tried = 1; ; tried++) {
      try {
        return listen(ThreadLocalRandom.current().nextInt(FIRST_PORT, END_PORT));
      } catch (BindException e) {
        if (tried == MAX_PORTS_TRIED) {
          throw e;
        }
      }
    }
  }

  public int port() {
    return listening.getLocalPort();
  }

  public int requests() {
    return requests.get();
  }

  public void set(Faults chosen) {
    faults = chosen;
  }

  /** From now on connections are refused. */
  public void refuse() throws IOException {
    listening.close();
  }

  /** Ends {@link #refuse()}. */
  public void accept() throws IOException {
    listening = listen(listening.getLocalPort());
  }

  private ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    threads.execute(
        () -> {
          while (!socket.isClosed()) {
            try {
              Socket client = socket.accept();
              threads.execute(() -> serve(client));
            } catch (IOException e) {
              // Closed.
            }
          }
        });
    return socket;
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      String head = head(in);
      String[] line = head.split(" ", 3);
      requests.incrementAndGet();
      Fault fault = faults.of(line[0], line[1]);
      OutputStream out = client.getOutputStream();
      if (head.toLowerCase(Locale.ROOT).contains("expect: 100-continue")) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
      }
      byte[] body = in.readNBytes(contentLength(head));
      switch (fault) {
        case SLOW_DOWN -> out.write(error("503 Slow Down", "SlowDown"));
        case ERROR -> out.write(error("500 Internal Server Error", "InternalError"));
        case CUT_BEFORE -> {}
        default -> {
          byte[] answer = forward(head, body);
          if (fault == Fault.SLOW) {
            closed.await(SLOW_MILLIS, TimeUnit.MILLISECONDS);
          }
          if (fault == Fault.CUT_WITHIN) {
            out.write(answer, 0, Math.max(1, answer.length - 20));
          } else if (fault != Fault.CUT_AFTER) {
            out.write(answer);
          }
        }
      }
      out.flush();
    } catch (IOException e) {
      // One side went away, which the other finds out.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int last = 0; last != 0x0D0A0D0A; ) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      bytes.write(next);
      last = last << 8 | next;
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static int contentLength(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return 0;
  }

  private byte[] forward(String head, byte[] body) throws IOException {
    StringBuilder changed = new StringBuilder();
    for (String line : head.split("\r\n")) {
      String name = line.toLowerCase(Locale.ROOT);
      if (!name.startsWith("connection:") && !name.startsWith("expect:") && !line.isEmpty()) {
        changed.append(line).append("\r\n");
      }
    }
    changed.append("Connection: close\r\n\r\n");
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      server.getOutputStream().write(changed.toString().getBytes(StandardCharsets.ISO_8859_1));
      server.getOutputStream().write(body);
      server.getOutputStream().flush();
      return server.getInputStream().readAllBytes();
    }
  }

  private static byte[] error(String status, String code) {
    String xml = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>";
    return ("HTTP/1.1 "
            + status
            + "\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
            + xml.length()
            + "\r\n\r\n"
            + xml)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listening.close();
    threads.shutdownNow();
  }
}

package io.proximadb.server.proto;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What callers are told of an error. */
public final class PublicMessages {
  private static final Logger LOG = LoggerFactory.getLogger(PublicMessages.class);

  /** Bytes of a message in gRPC's trailers, of which clients take 8 KiB, details included. */
  private static final int MAX_BYTES = 2_000;

  /** Bytes of a character that gRPC writes as percent signs and digits, at most. */
  private static final int ESCAPED_BYTES = 9;

  private PublicMessages() {}

  /** Messages name values of requests, which may be long: beyond what a header holds. */
  private static String brief(String message) {
    int bytes = 0;
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      bytes += c >= ' ' && c < '~' && c != '%' ? 1 : ESCAPED_BYTES;
      if (bytes > MAX_BYTES) {
        return message.substring(0, i) + "...";
      }
    }
    return message;
  }

  /**
   * The message of an error as callers may see it. That of damage names files of the server, which
   * are for its operator: it goes to the log, and the caller is told that there is damage.
   */
  public static String of(ProximaException error) {
    if (error.kind() != ErrorKind.CORRUPT) {
      return brief(String.valueOf(error.getMessage()));
    }
    LOG.error("Stored data is damaged", error);
    return "Cannot read stored data: it is damaged (the server's log names the file)";
  }
}

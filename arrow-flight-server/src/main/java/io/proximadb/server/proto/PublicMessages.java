package io.proximadb.server.proto;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What callers are told of an error. */
public final class PublicMessages {
  private static final Logger LOG = LoggerFactory.getLogger(PublicMessages.class);

  private PublicMessages() {}

  /**
   * The message of an error as callers may see it. That of damage names files of the server, which
   * are for its operator: it goes to the log, and the caller is told that there is damage.
   */
  public static String of(ProximaException error) {
    if (error.kind() != ErrorKind.CORRUPT) {
      return String.valueOf(error.getMessage());
    }
    LOG.error("Stored data is damaged", error);
    return "Cannot read stored data: it is damaged (the server's log names the file)";
  }
}

package io.proximadb.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Another engine owns the collection; the message names its address. */
public final class NotOwnerException extends ProximaException {
  private final String address;

  /** Without a known address. */
  public NotOwnerException(String message) {
    this(message, "");
  }

  /**
   * With the owner's address.
   *
   * @param address where the owner is reached, as host and port; empty if nobody told
   */
  public NotOwnerException(String message, String address) {
    super(ErrorKind.NOT_OWNER, message, null);
    this.address = address;
  }

  /** With a cause, without a known address. */
  public NotOwnerException(String message, @Nullable Throwable cause) {
    super(ErrorKind.NOT_OWNER, message, cause);
    this.address = "";
  }

  /** Where the owner is reached, as host and port; empty if nobody told. */
  public Optional<String> address() {
    return address.isEmpty() ? Optional.empty() : Optional.of(address);
  }
}

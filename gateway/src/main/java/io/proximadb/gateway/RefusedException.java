package io.proximadb.gateway;

import com.google.rpc.Status;

/** A request that is not looked at any further; says what it is told. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Status status;

  RefusedException(Status status) {
    super(status.getMessage(), null, false, false);
    this.status = status;
  }

  Status status() {
    return status;
  }
}

package io.proximadb.wal;

import java.io.IOException;

/**
 * Another engine took the mirror over: whatever is written from now on would not count. Opening the
 * log anew takes it back, after reading what the other one wrote.
 */
public final class MirrorFencedException extends IOException {
  private static final long serialVersionUID = 1L;

  public MirrorFencedException(String message) {
    super(message);
  }
}

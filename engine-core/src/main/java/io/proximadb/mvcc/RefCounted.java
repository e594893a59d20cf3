package io.proximadb.mvcc;

import java.util.concurrent.atomic.AtomicInteger;

/** Something that is freed when its last user lets go. Starts with one reference. */
public abstract class RefCounted {
  private final AtomicInteger references = new AtomicInteger(1);

  /** Takes a reference, unless the last one is gone already. */
  final boolean tryRetain() {
    int seen = references.get();
    while (seen > 0) {
      if (references.compareAndSet(seen, seen + 1)) {
        return true;
      }
      seen = references.get();
    }
    return false;
  }

  final void retain() {
    boolean retained = tryRetain();
    assert retained : "retained after it was freed";
  }

  /** Lets go of a reference. */
  public final void release() {
    int left = references.decrementAndGet();
    assert left >= 0 : "released too often";
    if (left == 0) {
      free();
    }
  }

  /** True if the last user let go. */
  final boolean isFreed() {
    return references.get() <= 0;
  }

  RefCounted() {}

  abstract void free();
}

package io.proximadb.io;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unmaps memory at once, through the JDK's one supported hook for it. Without the hook maps are
 * left to the garbage collector, which a log line says once.
 */
final class Unmapper {
  private static final Logger LOG = LoggerFactory.getLogger(Unmapper.class);
  private static final @Nullable MethodHandle INVOKE_CLEANER = find();

  private Unmapper() {}

  private static @Nullable MethodHandle find() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(unsafe, MethodHandles.lookup());
      Object instance = lookup.findStaticVarHandle(unsafe, "theUnsafe", unsafe).get();
      return lookup
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(instance);
    } catch (ReflectiveOperationException e) {
      LOG.warn("Memory maps are unmapped by the garbage collector only: {}", e.toString());
      return null;
    }
  }

  /** Takes the buffer that {@code map} returned, not a slice of it. */
  static void unmap(ByteBuffer map) {
    if (INVOKE_CLEANER == null) {
      return;
    }
    try {
      INVOKE_CLEANER.invoke(map);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("Cannot unmap memory: " + e, e);
    }
  }
}

package io.proximadb.vector.internal.panama;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Loads from a buffer outside the heap: by {@code FloatVector.fromByteBuffer} up to JDK 21, and
 * from JDK 22 on by {@code FloatVector.fromMemorySegment} over a segment that overlays the buffer.
 * Neither is in the other JDK, so that both are method handles; as constants they are compiled like
 * calls. Offsets are in bytes; callers check bounds.
 *
 * <p>Heap buffers are not taken: every load would have to test where the memory is.
 */
final class DirectMemory {
  private static final VarHandle COMPONENT =
      MethodHandles.byteBufferViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private static final MethodType LOAD_TYPE =
      MethodType.methodType(FloatVector.class, Object.class, int.class);

  private static final boolean SUPPORTED;

  /** From a buffer, at position 0, to what LOAD takes. */
  private static final MethodHandle OVERLAY;

  /** From that and an offset to a vector; one that gives null where it is not supported. */
  private static final MethodHandle LOAD;

  static {
    MethodHandle overlay = MethodHandles.identity(Object.class);
    MethodHandle load = find("fromByteBuffer", ByteBuffer.class, int.class);
    if (load == null) {
      try {
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        overlay =
            MethodHandles.lookup()
                .findStatic(segment, "ofBuffer", MethodType.methodType(segment, Buffer.class))
                .asType(MethodType.methodType(Object.class, Object.class));
        load = find("fromMemorySegment", segment, long.class);
      } catch (ReflectiveOperationException e) {
        load = null; // a JDK with neither: rows are copied
      }
    }
    SUPPORTED = load != null;
    OVERLAY = overlay;
    LOAD = load == null ? MethodHandles.empty(LOAD_TYPE) : load;
  }

  private final ByteBuffer buffer;
  private final Object memory;

  /** Of a direct or mapped buffer. */
  DirectMemory(ByteBuffer buffer) {
    assert buffer.isDirect();
    this.buffer = buffer;
    try {
      this.memory = (Object) OVERLAY.invokeExact((Object) buffer.duplicate().position(0));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The static method of FloatVector with such memory and offset, or null. */
  private static @Nullable MethodHandle find(String name, Class<?> memory, Class<?> offset) {
    MethodType type =
        MethodType.methodType(
            FloatVector.class, VectorSpecies.class, memory, offset, ByteOrder.class);
    try {
      MethodHandle found = MethodHandles.lookup().findStatic(FloatVector.class, name, type);
      return MethodHandles.insertArguments(
              MethodHandles.insertArguments(found, 3, ByteOrder.LITTLE_ENDIAN),
              0,
              ArrayLoops.SPECIES)
          .asType(LOAD_TYPE);
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }

  /** False on a JDK that can load from no memory outside the heap. */
  static boolean isSupported() {
    return SUPPORTED;
  }

  /** What loads take: a local variable of a loop. */
  Object memory() {
    return memory;
  }

  static FloatVector load(Object memory, int byteOffset) {
    try {
      return (FloatVector) LOAD.invokeExact(memory, byteOffset);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  float component(int byteOffset) {
    return (float) COMPONENT.get(buffer, byteOffset);
  }

  /** The handles throw what is unchecked only. */
  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }
}

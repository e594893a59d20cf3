package io.proximadb.vector.internal.panama;

import io.proximadb.vector.VectorKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The SIMD kernels that work on this JVM, the fastest first. Found by name, see {@code Kernels}.
 */
public final class PanamaLookup implements Supplier<List<VectorKernels>> {
  /** Below this the Vector API has no hardware to map to. */
  private static final int MIN_BITS = 128;

  @Override
  public List<VectorKernels> get() {
    List<VectorKernels> kernels = new ArrayList<>();
    if (FloatVector.SPECIES_PREFERRED.vectorBitSize() >= MIN_BITS) {
      if (loadsFromByteBuffers()) {
        kernels.add(new MappedPanamaKernels());
      }
      kernels.add(new PanamaKernels());
    }
    return kernels;
  }

  /** {@code FloatVector.fromByteBuffer} is there up to JDK 21; later ones load memory segments. */
  private static boolean loadsFromByteBuffers() {
    Class<?>[] parameters = {VectorSpecies.class, ByteBuffer.class, int.class, ByteOrder.class};
    return Arrays.stream(FloatVector.class.getMethods())
        .anyMatch(
            method ->
                method.getName().equals("fromByteBuffer")
                    && Arrays.equals(method.getParameterTypes(), parameters));
  }
}

package io.proximadb.vector.internal.panama;

import io.proximadb.vector.VectorKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;

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
      if (DirectMemory.isSupported()) {
        kernels.add(new MappedPanamaKernels());
      }
      kernels.add(new PanamaKernels());
    }
    return kernels;
  }
}

package io.proximadb.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the kernels of this JVM, once. */
public final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  private static final String MODULE = "jdk.incubator.vector";
  private static final String LOOKUP_CLASS = "io.proximadb.vector.internal.panama.PanamaLookup";

  private Kernels() {}

  /**
   * The fastest kernels that work here. When those are the scalar ones, the first call has logged
   * one line that says why.
   */
  public static VectorKernels best() {
    return Holder.ALL.get(0);
  }

  /** All kernels that work here, the fastest first, the scalar ones last. */
  static List<VectorKernels> all() {
    return Holder.ALL;
  }

  private static final class Holder {
    static final List<VectorKernels> ALL = load();
  }

  private static List<VectorKernels> load() {
    List<VectorKernels> kernels = new ArrayList<>();
    String reason = whyOff();
    if (reason == null) {
      reason = loadSimd(kernels);
    }
    if (reason != null) {
      LOG.warn("SIMD is off, vectors are compared by scalar code: {}", reason);
    }
    kernels.add(new ScalarKernels());
    return List.copyOf(kernels);
  }

  /** What the SIMD kernels would be slower than scalar code without, or null if all is there. */
  private static @Nullable String whyOff() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return "the JVM runs without the module (start it with --add-modules=" + MODULE + ")";
    }
    String mode = System.getProperty("java.vm.info", "").toLowerCase(Locale.ROOT);
    if (mode.contains("interpreted mode") || mode.contains("emulated-client")) {
      return "the optimizing compiler C2 is off (java.vm.info=" + mode + ")";
    }
    HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (vm == null) {
      return "not a HotSpot VM (java.vm.name=" + System.getProperty("java.vm.name") + ")";
    }
    if ("false".equals(option(vm, "UseFMA"))) {
      return "the processor has no fused multiply-add (UseFMA=false)";
    }
    return null;
  }

  private static @Nullable String option(HotSpotDiagnosticMXBean vm, String name) {
    try {
      return vm.getVMOption(name).getValue();
    } catch (IllegalArgumentException e) {
      // A VM that does not know the option cannot have switched the feature off by it.
      LOG.debug("No VM option {}", name, e);
      return null;
    }
  }

  private static @Nullable String loadSimd(List<VectorKernels> kernels) {
    try {
      Supplier<?> lookup =
          Class.forName(LOOKUP_CLASS)
              .asSubclass(Supplier.class)
              .getDeclaredConstructor()
              .newInstance();
      for (Object found : (List<?>) lookup.get()) {
        kernels.add((VectorKernels) found);
      }
      if (kernels.isEmpty()) {
        return "the processor's vectors are shorter than 128 bits";
      }
      LOG.debug("Vectors are compared by {}", kernels.get(0).name());
      return null;
    } catch (ReflectiveOperationException | LinkageError e) {
      return "the kernels do not fit this JDK (" + e + ")";
    }
  }
}

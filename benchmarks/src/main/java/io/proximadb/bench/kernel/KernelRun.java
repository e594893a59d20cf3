package io.proximadb.bench.kernel;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What JMH runs: one kernel at one dimension with the kernels that this JVM chooses. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KernelRun {
  /** The name of a {@link Kernel}. */
  @Param({"SQUARED_L2_ROWS"})
  public String kernel = "";

  /** Components of a vector, or bits of a row of bits. */
  @Param({"128"})
  public int dimension;

  private Runnable work = () -> {};

  /** Makes the data. */
  @Setup
  public void setUp() {
    work = Kernel.valueOf(kernel).work(dimension);
  }

  /** As many pairs as {@link Kernel#PAIRS}; the results stay in an array of the kernel's. */
  @Benchmark
  @OperationsPerInvocation(Kernel.PAIRS)
  public void pairs() {
    work.run();
  }
}

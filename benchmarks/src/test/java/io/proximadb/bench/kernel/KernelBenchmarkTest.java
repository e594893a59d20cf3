package io.proximadb.bench.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.error.InvalidArgumentException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KernelBenchmarkTest {
  @TempDir private Path scratch;

  private BenchmarkContext context(List<String> only) {
    return new BenchmarkContext(
        List.of(), scratch, BenchmarkContext.Form.SHORT, null, what -> {}, List.of(), only, 0);
  }

  @Test
  void everyKernelComesOut() throws Exception {
    List<Figure> figures = new KernelBenchmark().run(context(List.of()));
    assertThat(figures)
        .extracting(Figure::name)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Kernel.values()).map(Kernel::figure).toList());
    assertThat(figures).allSatisfy(figure -> assertThat(figure.value()).isGreaterThan(0));
  }

  @Test
  void partsAreChecked() throws Exception {
    assertThat(new KernelBenchmark().run(context(List.of("hamming"))))
        .extracting(Figure::name)
        .containsExactly("kernel.hamming");
    assertThatThrownBy(() -> new KernelBenchmark().run(context(List.of("l3"))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'l3' (expected one of [squared-l2-rows, ");
  }
}

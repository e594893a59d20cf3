package io.proximadb.bench.ann;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringJoiner;

/**
 * One library in a process of its own. Builds, says so in a line, and then makes one pass over all
 * queries for each setting that it reads from its input; an empty line or the end ends it.
 *
 * <p>Times are those of the thread's processor time, because a busy machine stretches wall time by
 * what others do, and those of the wall beside them.
 */
public final class AnnWorker {
  /** The first word of a line of figures, so that other output of a library is skipped. */
  static final String MARK = "ann-worker";

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private AnnWorker() {}

  /** Measures a library; called by its main method. */
  public static void run(AnnLibrary library, String[] arguments) throws IOException {
    PrintStream out = System.out;
    Path file = Path.of(arguments[0]).toAbsolutePath();
    AnnData data = AnnData.read(file);
    library.prepare(data, java.util.Objects.requireNonNull(file.getParent()));
    long cpuBefore = processCpuNanos();
    long started = System.nanoTime();
    library.build(data);
    double wall = (System.nanoTime() - started) / 1e9;
    double cpu = (processCpuNanos() - cpuBefore) / 1e9;
    StringJoiner settings = new StringJoiner(",");
    Arrays.stream(library.settings()).forEach(setting -> settings.add("" + setting));
    out.printf(
        java.util.Locale.ROOT,
        "%s\tbuilt\t%s\t%f\t%f\t%d\t%s\t%s%n",
        MARK,
        library.name(),
        cpu,
        wall,
        library.memoryBytes(),
        settings,
        System.getProperty("java.version"));
    out.flush();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      pass(library, data, Integer.parseInt(line), out);
    }
  }

  private static void pass(AnnLibrary library, AnnData data, int setting, PrintStream out)
      throws IOException {
    int count = data.queryCount();
    double[] micros = new double[count];
    float[][] queries = new float[count][];
    for (int i = 0; i < count; i++) {
      queries[i] =
          Arrays.copyOfRange(data.queries(), i * data.dimension(), (i + 1) * data.dimension());
    }
    int[][] answers = new int[count][];
    long cpuBefore = THREADS.getCurrentThreadCpuTime();
    long started = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long queryStarted = System.nanoTime();
      answers[i] = library.search(queries[i], data.k(), setting);
      micros[i] = (System.nanoTime() - queryStarted) / 1e3;
    }
    double wall = (System.nanoTime() - started) / 1e9;
    double cpu = (THREADS.getCurrentThreadCpuTime() - cpuBefore) / 1e9;
    int hits = 0;
    for (int i = 0; i < count; i++) {
      hits += data.hits(i, answers[i]);
    }
    Arrays.sort(micros);
    out.printf(
        java.util.Locale.ROOT,
        "%s\tpass\t%d\t%f\t%f\t%f\t%f\t%f%n",
        MARK,
        setting,
        hits / (double) count / data.k(),
        count / cpu,
        count / wall,
        micros[count / 2],
        micros[count * 99 / 100]);
    out.flush();
  }

  /** Of all threads: some libraries build with several. */
  private static long processCpuNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }
}

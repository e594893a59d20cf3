package io.proximadb.storage.viper;

import com.github.luben.zstd.Zstd;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.storage.TableContext;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * How a dense field's vectors are stored by compactions, as the table's properties say: {@code
 * proximadb.vector.<field>.profile} and what rules {@code auto}.
 *
 * @param choice whether the user chose or the data does
 * @param sparseThreshold share of zero components, 0 to 1, from which {@code auto} stores
 *     compressed
 * @param coldGain share of the bytes, 0 to 1, that compression must spare for {@code auto} to
 *     choose it for other vectors; above 1 it never does
 */
record VectorProfile(Choice choice, double sparseThreshold, double coldGain) {
  private static final String PREFIX = "proximadb.vector.";
  private static final String PROFILE = ".profile";
  private static final String SPARSE_THRESHOLD = ".sparse-threshold";
  private static final String COLD_GAIN = ".cold-gain";

  /**
   * With as many zeros the vectors take about a quarter of their bytes, where places and values are
   * random ({@code docs/vectors.md}); with fewer the price of decoding buys less.
   */
  private static final double DEFAULT_SPARSE_THRESHOLD = 0.8;

  /** Cold files are slower to search: {@code auto} makes them only where it was told a gain. */
  private static final double NEVER = 2;

  /** Pages of a row group that are encoded to measure the gain: some 10 ms of work for 128 MiB. */
  private static final int SAMPLE_PAGES = 4;

  /** Who chooses. */
  enum Choice {
    HOT,
    COLD,
    AUTO
  }

  /** For files that compactions do not write. */
  static final VectorProfile PLAIN = new VectorProfile(Choice.HOT, NEVER, NEVER);

  /**
   * Reads the settings of a field.
   *
   * @throws InvalidArgumentException naming the property that does not parse or is out of range
   */
  static VectorProfile of(TableContext table, String field) {
    Map<String, String> properties = table.properties();
    String key = PREFIX + field + PROFILE;
    String choice = properties.getOrDefault(key, Choice.AUTO.name()).strip();
    for (Choice known : Choice.values()) {
      if (known.name().equals(choice.toUpperCase(Locale.ROOT))) {
        return new VectorProfile(
            known,
            share(properties, PREFIX + field + SPARSE_THRESHOLD, DEFAULT_SPARSE_THRESHOLD),
            share(properties, PREFIX + field + COLD_GAIN, NEVER));
      }
    }
    throw new InvalidArgumentException(
        "Invalid table property " + key + ": '" + choice + "' (expected hot, cold or auto)");
  }

  private static double share(Map<String, String> properties, String key, double otherwise) {
    String text = properties.get(key);
    if (text == null) {
      return otherwise;
    }
    try {
      double share = Double.parseDouble(text.strip());
      if (share >= 0 && share <= 1) {
        return share;
      }
    } catch (NumberFormatException e) {
      throw invalid(key, text, e);
    }
    throw invalid(key, text, null);
  }

  private static InvalidArgumentException invalid(
      String key, String text, @org.jspecify.annotations.Nullable Throwable cause) {
    return new InvalidArgumentException(
        "Invalid table property "
            + key
            + ": '"
            + text
            + "' (expected a share from 0 to 1; set it again or remove it)",
        cause);
  }

  /**
   * What stands for all such settings of a table in the names of the files that follow them: 8 hex
   * digits, or nothing where there are none.
   */
  static String tag(TableContext table) {
    TreeMap<String, String> set = new TreeMap<>();
    table
        .properties()
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)
                  && (key.endsWith(PROFILE)
                      || key.endsWith(SPARSE_THRESHOLD)
                      || key.endsWith(COLD_GAIN))) {
                set.put(key, value);
              }
            });
    if (set.isEmpty()) {
      return "";
    }
    CRC32C crc = new CRC32C();
    crc.update(set.toString().getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /**
   * The encoding for a row group.
   *
   * @param pages how many pages it has, at least 1
   * @param page the floats of a page by its number
   * @param zeroShare share of components that are zero
   */
  VectorEncoding choose(int pages, IntFunction<byte[]> page, double zeroShare) {
    boolean zeros = choice == Choice.AUTO && zeroShare >= sparseThreshold;
    boolean measured = choice == Choice.AUTO && coldGain <= 1;
    if (choice == Choice.HOT || !(choice == Choice.COLD || zeros || measured)) {
      return VectorEncoding.PLAIN;
    }
    long plain = 0;
    long compressed = 0;
    long split = 0;
    int step = Math.max(1, pages / SAMPLE_PAGES);
    for (int i = 0; i < pages; i += step) {
      byte[] floats = page.apply(i);
      plain += floats.length;
      compressed += Zstd.compress(floats).length;
      split += Zstd.compress(VectorEncoding.SPLIT.encode(floats)).length;
    }
    VectorEncoding smaller = compressed < split ? VectorEncoding.COMPRESSED : VectorEncoding.SPLIT;
    long bytes = Math.min(compressed, split);
    if (choice == Choice.COLD || (zeros && bytes < plain)) {
      return smaller;
    }
    return measured && plain - bytes >= coldGain * plain ? smaller : VectorEncoding.PLAIN;
  }
}

package io.proximadb.bench.text;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.embed.MiniLmEmbedder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * MiniLM vectors of texts, kept in a file so that the minutes they take are spent once: {@code
 * $XDG_CACHE_HOME/proximadb}, else {@code ~/.cache/proximadb}. A run that was stopped goes on where
 * it was.
 */
final class Embeddings {
  private static final int DIMENSION = MiniLmEmbedder.DIMENSION;

  /** Texts between two writes: some seconds of work. */
  private static final int CHUNK_TEXTS = 2_048;

  private Embeddings() {}

  /** The vectors of texts, end to end, kept in a folder. */
  static float[] of(List<String> texts, Path cache, BenchmarkContext context) throws IOException {
    Path file = cache.resolve(name(texts));
    Files.createDirectories(cache);
    embedMissing(texts, file, context);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] vectors = new float[Math.multiplyExact(texts.size(), DIMENSION)];
    bytes.asFloatBuffer().get(vectors);
    return vectors;
  }

  /** Where vectors are kept unless said otherwise. */
  static Path usualCache() {
    String chosen = System.getenv("XDG_CACHE_HOME");
    Path caches =
        chosen == null || chosen.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(chosen);
    return caches.resolve("proximadb");
  }

  /** Names the texts, so that vectors of others are never taken for theirs. */
  private static String name(List<String> texts) {
    CRC32C hash = new CRC32C();
    for (String text : texts) {
      hash.update((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return String.format(
        Locale.ROOT, "minilm-l6-v2-fp32-%d-%08x.f32", texts.size(), hash.getValue());
  }

  private static void embedMissing(List<String> texts, Path file, BenchmarkContext context)
      throws IOException {
    long rowBytes = (long) DIMENSION * Float.BYTES;
    // What a stopped run left may end within a row.
    long whole = Files.exists(file) ? Files.size(file) / rowBytes : 0;
    if (whole == texts.size()) {
      return;
    }
    context.progress(
        String.format(
            Locale.ROOT, "embedding %,d texts into %s", texts.size() - whole, file.getParent()));
    try (var channel =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.truncate(whole * rowBytes);
    }
    try (MiniLmEmbedder embedder = MiniLmEmbedder.load();
        OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND)) {
      for (int from = (int) whole; from < texts.size(); from += CHUNK_TEXTS) {
        int to = Math.min(texts.size(), from + CHUNK_TEXTS);
        ByteBuffer rows =
            ByteBuffer.allocate((int) rowBytes * (to - from)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : embedder.embed(texts.subList(from, to))) {
          rows.asFloatBuffer().put(vector);
          rows.position(rows.position() + (int) rowBytes);
        }
        out.write(rows.array());
        context.progress(String.format(Locale.ROOT, "embedded %,d of %,d", to, texts.size()));
      }
    }
  }
}

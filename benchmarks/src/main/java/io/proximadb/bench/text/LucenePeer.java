package io.proximadb.bench.text;

import io.proximadb.model.SparseVector;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code LuceneTerms} in a process of its own, on a newer Java that compiles it. */
final class LucenePeer implements Closeable {
  private static final String MARK = "sparse-worker ";

  private final Process process;
  private final BufferedReader out;
  private final Writer in;
  private final Path errors;

  private LucenePeer(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /** Starts it, and waits until its index is built. */
  static LucenePeer start(
      Path java, List<SparseVector> rows, List<SparseVector> queries, int k, Path scratch)
      throws IOException {
    Path source = scratch.resolve("LuceneTerms.java");
    try (InputStream text = LucenePeer.class.getResourceAsStream("/sparse/LuceneTerms.java")) {
      if (text == null) {
        throw new IOException("No source of LuceneTerms on the class path");
      }
      Files.write(source, text.readAllBytes());
    }
    Path data = scratch.resolve("terms.bin");
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(data)))) {
      out.writeInt(k);
      write(rows, out);
      write(queries, out);
    }
    Path errors = scratch.resolve("LuceneTerms.err");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-Xmx2g",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                source.toString(),
                data.toString())
            .redirectError(errors.toFile())
            .start();
    LucenePeer peer = new LucenePeer(process, errors);
    peer.line();
    return peer;
  }

  private static void write(List<SparseVector> vectors, DataOutputStream out) throws IOException {
    out.writeInt(vectors.size());
    for (SparseVector vector : vectors) {
      out.writeInt(vector.count());
      for (int i = 0; i < vector.count(); i++) {
        out.writeInt(vector.index(i));
        out.writeFloat(vector.value(i));
      }
    }
  }

  /** Queries a second of one pass over all. */
  double pass() throws IOException {
    in.write("\n");
    in.flush();
    return Double.parseDouble(line().split(" ", -1)[1]);
  }

  private String line() throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(MARK)) {
        return line.substring(MARK.length());
      }
    }
    throw new IOException("Lucene ended: " + Files.readString(errors, StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    in.close();
    process.destroy();
  }
}

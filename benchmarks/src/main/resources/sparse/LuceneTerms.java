import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Lucene over the same sparse vectors, as feature fields with linear queries: their weights are
 * rounded to 9 bits. One segment. Prints a line when it is ready, and one for each line that it
 * reads: queries a second of the thread.
 */
public final class LuceneTerms {
  private static final String FIELD = "terms";

  public static void main(String[] arguments) throws IOException {
    Query[] queries;
    Directory directory = new MMapDirectory(Files.createTempDirectory("sparse-lucene"));
    int k;
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(Path.of(arguments[0]))))) {
      k = in.readInt();
      int rows = in.readInt();
      IndexWriterConfig config =
          new IndexWriterConfig().setUseCompoundFile(false).setRAMBufferSizeMB(1_000);
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        for (int row = 0; row < rows; row++) {
          Document document = new Document();
          for (int left = in.readInt(); left > 0; left--) {
            document.add(new FeatureField(FIELD, "t" + in.readInt(), in.readFloat()));
          }
          writer.addDocument(document);
        }
        writer.forceMerge(1);
      }
      queries = new Query[in.readInt()];
      for (int i = 0; i < queries.length; i++) {
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        for (int left = in.readInt(); left > 0; left--) {
          query.add(
              FeatureField.newLinearQuery(FIELD, "t" + in.readInt(), in.readFloat()),
              BooleanClause.Occur.SHOULD);
        }
        queries[i] = query.build();
      }
    }
    IndexSearcher searcher = new IndexSearcher(DirectoryReader.open(directory));
    System.out.println("sparse-worker ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (in.readLine() != null) {
      double[] micros = new double[queries.length];
      long started = System.nanoTime();
      long found = 0;
      for (int i = 0; i < queries.length; i++) {
        long queryStarted = System.nanoTime();
        found += searcher.search(queries[i], k).scoreDocs.length;
        micros[i] = (System.nanoTime() - queryStarted) / 1e3;
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      Arrays.sort(micros);
      System.out.println(
          "sparse-worker pass " + queries.length / seconds + " " + micros[micros.length / 2] + " "
              + found);
    }
  }
}

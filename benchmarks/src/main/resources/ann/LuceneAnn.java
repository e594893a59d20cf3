import io.proximadb.bench.ann.AnnData;
import io.proximadb.bench.ann.AnnLibrary;
import io.proximadb.bench.ann.AnnWorker;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/** Lucene's HNSW over floats, one segment; a setting is the number of neighbours collected. */
public final class LuceneAnn implements AnnLibrary {
  private static final String FIELD = "v";
  private static final int M = 16;
  private static final int BEAM = 200;

  private LeafReader reader;
  private AcceptDocs all;

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new LuceneAnn(), arguments);
  }

  @Override
  public String name() {
    return "Lucene 10";
  }

  @Override
  public void build(AnnData data) throws IOException {
    VectorSimilarityFunction similarity =
        data.metric() == Metric.EUCLIDEAN
            ? VectorSimilarityFunction.EUCLIDEAN
            : VectorSimilarityFunction.DOT_PRODUCT;
    Path folder = Files.createTempDirectory("ann-lucene");
    Directory directory = new MMapDirectory(folder);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(
                new Lucene104Codec() {
                  @Override
                  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return new Lucene99HnswVectorsFormat(M, BEAM);
                  }
                })
            .setUseCompoundFile(false)
            .setMergeScheduler(new SerialMergeScheduler())
            .setMaxBufferedDocs(IndexWriterConfig.DISABLE_AUTO_FLUSH + data.rows() + 2)
            .setRAMBufferSizeMB(1_900);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int row = 0; row < data.rows(); row++) {
        Document document = new Document();
        float[] vector =
            Arrays.copyOfRange(
                data.base(), row * data.dimension(), (row + 1) * data.dimension());
        document.add(new KnnFloatVectorField(FIELD, vector, similarity));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
    DirectoryReader opened = DirectoryReader.open(directory);
    if (opened.leaves().size() != 1) {
      throw new IOException(opened.leaves().size() + " segments (expected 1)");
    }
    reader = opened.leaves().get(0).reader();
    all = AcceptDocs.fromLiveDocs(null, reader.maxDoc());
  }

  @Override
  public long memoryBytes() {
    return -1;
  }

  @Override
  public int[] settings() {
    return new int[] {10, 14, 20, 28, 40, 56, 80, 120, 200, 300, 500};
  }

  @Override
  public int[] search(float[] query, int k, int setting) throws IOException {
    TopKnnCollector collector = new TopKnnCollector(setting, Integer.MAX_VALUE);
    reader.searchNearestVectors(FIELD, query, collector, all);
    ScoreDoc[] found = collector.topDocs().scoreDocs;
    int[] rows = new int[Math.min(k, found.length)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = found[i].doc;
    }
    return rows;
  }
}

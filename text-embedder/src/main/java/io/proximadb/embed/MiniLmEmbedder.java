package io.proximadb.embed;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The sentence model all-MiniLM-L6-v2: English, 384 components, unit length, made for cosine.
 *
 * <p>Model, tokenizer and native code come with the class path; nothing is fetched at run time. The
 * model was trained on sentences: it reads the first {@value #MAX_TOKENS} tokens of a text, some 90
 * words, and nothing behind them. Split longer texts.
 */
public final class MiniLmEmbedder implements TextEmbedder {
  /** Components of every vector. */
  public static final int DIMENSION = 384;

  /** What the published tokenizer keeps of a text: 128 tokens, less its two marks. */
  public static final int MAX_TOKENS = 126;

  /** Most texts handed to the model's threads at a time, so that a long call stays bounded. */
  static final int MAX_BATCH = 256;

  private static final String NAME = "all-MiniLM-L6-v2";

  /** The weights as published, not the quantized ones, whose vectors depend on their batch. */
  private static final String VERSION = "onnx-fp32";

  private static final String MODEL_RESOURCE = "/all-minilm-l6-v2.onnx";
  private static final String TOKENIZER_RESOURCE = "/all-minilm-l6-v2-tokenizer.json";

  /** Tells the tokenizer's library to look for nothing outside of this machine. */
  private static final String TOKENIZER_OFFLINE_PROPERTY = "ai.djl.offline";

  /*
   * Concurrency: the model is called with one text at a time, on one thread each, and as many
   * threads as there are cores. That is faster than several threads inside of one small matrix
   * product, and it makes a vector independent of its batch, because there is none. Calls hold the
   * read lock; closing takes the write lock, so that native memory is never freed under a call.
   */
  private final ReadWriteLock closing = new ReentrantReadWriteLock();
  private final ExecutorService threads;
  private final OrtSession session;
  private final InProcessModel model;
  private boolean closed;

  private MiniLmEmbedder(ExecutorService threads, OrtSession session, OnnxBertBiEncoder encoder) {
    this.threads = threads;
    this.session = session;
    this.model = new InProcessModel(threads, encoder);
  }

  /** Loads the model, which takes about a second, to run on all cores. */
  public static MiniLmEmbedder load() {
    return load(Runtime.getRuntime().availableProcessors());
  }

  /**
   * Loads the model to run on that many threads.
   *
   * @throws IllegalArgumentException if there is not at least one
   * @throws IllegalStateException if the native runtime does not load on this machine
   */
  public static MiniLmEmbedder load(int threadCount) {
    if (threadCount < 1) {
      throw new IllegalArgumentException(
          "Invalid number of embedder threads: " + threadCount + " (expected at least 1)");
    }
    if (System.getProperty(TOKENIZER_OFFLINE_PROPERTY) == null) {
      System.setProperty(TOKENIZER_OFFLINE_PROPERTY, "true");
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        InputStream tokenizer = resource(TOKENIZER_RESOURCE)) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      OrtSession session = environment.createSession(modelBytes(), options);
      OnnxBertBiEncoder encoder =
          new OnnxBertBiEncoder(environment, session, tokenizer, PoolingMode.MEAN);
      return new MiniLmEmbedder(threadPool(threadCount), session, encoder);
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot load model " + NAME + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot load model " + NAME, e);
    }
  }

  private static byte[] modelBytes() throws IOException {
    try (InputStream bytes = resource(MODEL_RESOURCE)) {
      return bytes.readAllBytes();
    }
  }

  private static InputStream resource(String name) {
    InputStream stream = OnnxBertBiEncoder.class.getResourceAsStream(name);
    if (stream == null) {
      throw new IllegalStateException(
          "Cannot load model " + NAME + ": no " + name + " on the class path");
    }
    return stream;
  }

  private static ExecutorService threadPool(int threadCount) {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        threadCount,
        task -> {
          Thread thread = new Thread(task, "proximadb-embedder-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String version() {
    return VERSION;
  }

  @Override
  public int dimension() {
    return DIMENSION;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).isBlank()) {
        throw new IllegalArgumentException(
            "Cannot embed text: it is blank (index=" + i + ", of=" + texts.size() + ")");
      }
    }
    closing.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("Cannot embed text: the embedder is closed");
      }
      List<float[]> vectors = new ArrayList<>(texts.size());
      for (int from = 0; from < texts.size(); from += MAX_BATCH) {
        embedBatch(texts.subList(from, Math.min(from + MAX_BATCH, texts.size())), vectors);
      }
      return vectors;
    } finally {
      closing.readLock().unlock();
    }
  }

  private void embedBatch(List<String> texts, List<float[]> vectors) {
    List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
    for (Embedding embedding : model.embedAll(segments).content()) {
      vectors.add(embedding.vector());
    }
  }

  @Override
  public void close() {
    closing.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      threads.shutdown();
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot close model " + NAME + ": " + e.getMessage(), e);
    } finally {
      closing.writeLock().unlock();
    }
  }

  /** Gives the library's loop over texts a session with our thread settings. */
  private static final class InProcessModel extends AbstractInProcessEmbeddingModel {
    private final OnnxBertBiEncoder encoder;

    InProcessModel(Executor executor, OnnxBertBiEncoder encoder) {
      super(executor);
      this.encoder = encoder;
    }

    @Override
    protected OnnxBertBiEncoder model() {
      return encoder;
    }
  }
}

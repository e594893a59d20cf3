package io.proximadb.embed;

import java.io.Closeable;
import java.util.List;

/**
 * A model that turns text into vectors of one dimension. The same text gives the same vector,
 * whatever else is in the call and however often it is asked. Safe for use by several threads until
 * it is closed.
 *
 * <p>{@link #name()} and {@link #version()} are what a collection records as the embedding model of
 * a vector field, so that vectors of two models are never mixed.
 */
public interface TextEmbedder extends Closeable {
  /** The model's name, for instance {@code all-MiniLM-L6-v2}. */
  String name();

  /** The model's version: it changes whenever the vectors do. */
  String version();

  /** Components of every vector. */
  int dimension();

  /**
   * One vector for each text, in the order of the texts.
   *
   * @throws IllegalArgumentException if a text is blank
   * @throws IllegalStateException if the embedder is closed
   */
  List<float[]> embed(List<String> texts);

  /** The vector of one text, see {@link #embed(List)}. */
  default float[] embed(String text) {
    return embed(List.of(text)).get(0);
  }

  @Override
  void close();
}

package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;

/**
 * The model that made the vectors of a field; a write that names another one is refused.
 *
 * @param name for instance {@code all-MiniLM-L6-v2}
 * @param version the model's version, free text
 */
public record EmbeddingModel(String name, String version) implements Serializable {
  public EmbeddingModel {
    if (name.isBlank()) {
      throw new InvalidArgumentException("Invalid embedding model name: '' (expected text)");
    }
  }

  @Override
  public String toString() {
    return version.isEmpty() ? name : name + "@" + version;
  }
}

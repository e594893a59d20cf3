package io.proximadb.axis.cost;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexTypes;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The strategies there are, and which of them are candidates when: {@code strategies.json}, whose
 * first template that fits holds.
 */
public final class Templates {
  private static final Templates SHIPPED = read();

  private final List<Strategy> strategies;
  private final List<Template> templates;

  /**
   * Strategies that are looked at together.
   *
   * @param name in words
   * @param sparse true for sparse fields, which have no other template
   * @param rowsBelow rows have to be fewer; null for any number
   * @param recallFrom the recall asked for has to be at least that; null for any
   * @param writesPerSearchFrom so many records are written for each search; null for any
   * @param candidates names of strategies
   */
  public record Template(
      String name,
      boolean sparse,
      @Nullable Long rowsBelow,
      @Nullable Double recallFrom,
      @Nullable Double writesPerSearchFrom,
      List<String> candidates) {
    boolean fits(Situation at, boolean ofSparse) {
      return sparse == ofSparse
          && (rowsBelow == null || at.rows() < rowsBelow)
          && (recallFrom == null || at.recall() >= recallFrom)
          && (writesPerSearchFrom == null || at.writesPerSearch() >= writesPerSearchFrom);
    }
  }

  /** The file. */
  record Content(List<Strategy> strategies, List<Template> templates) {}

  private Templates(Content content) {
    this.strategies = List.copyOf(content.strategies());
    this.templates = List.copyOf(content.templates());
  }

  /** Those that ship. */
  public static Templates shipped() {
    return SHIPPED;
  }

  private static Templates read() {
    try (InputStream file = Templates.class.getResourceAsStream("strategies.json")) {
      return new Templates(
          JsonMapper.builder().build().readValue(Objects.requireNonNull(file), Content.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All strategies. */
  public List<Strategy> strategies() {
    return strategies;
  }

  /**
   * The strategy of a name.
   *
   * @throws InvalidArgumentException if there is none
   */
  public Strategy named(String name) {
    return strategies.stream()
        .filter(strategy -> strategy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Invalid strategy: '"
                        + name
                        + "' (expected one of "
                        + strategies.stream().map(Strategy::name).toList()
                        + ")"));
  }

  /** The strategy that an index is of, if it is one of these. */
  public Optional<Strategy> of(IndexDefinition index) {
    return strategies.stream()
        .filter(strategy -> !strategy.isScan() && strategy.isOf(index))
        .findFirst();
  }

  /** The template that holds. */
  public Template template(Situation at, boolean sparse) {
    return templates.stream()
        .filter(template -> template.fits(at, sparse))
        .findFirst()
        .orElseThrow();
  }

  /** The candidates of a template that a field can have. */
  public List<Strategy> candidates(Template template, String field, CollectionSchema schema) {
    return template.candidates().stream()
        .map(this::named)
        .filter(strategy -> fits(strategy, field, schema))
        .toList();
  }

  /** False if a field cannot have such an index, for its metric for instance. */
  public static boolean fits(Strategy strategy, String field, CollectionSchema schema) {
    IndexDefinition definition = strategy.definition("candidate", field);
    if (definition == null) {
      return true;
    }
    try {
      IndexTypes.named(definition.type()).check(definition, schema);
      return true;
    } catch (InvalidArgumentException e) {
      return false;
    }
  }
}

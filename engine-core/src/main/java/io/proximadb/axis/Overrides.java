package io.proximadb.axis;

import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.VectorField;
import org.jspecify.annotations.Nullable;

/**
 * What is set by hand: table property {@code proximadb.axis.override.<field>} names the strategy
 * that a field is to have. Whoever owns the table acts on it.
 */
public final class Overrides {
  private static final String PREFIX = Goals.PREFIX + "override.";

  private Overrides() {}

  /** The property of a field. */
  public static String property(String field) {
    return PREFIX + field;
  }

  /**
   * The vector field of a name, or the default one for null.
   *
   * @throws InvalidArgumentException if there is none
   */
  public static VectorField field(CollectionSchema schema, @Nullable String name) {
    return name == null
        ? schema.defaultVectorField()
        : schema.allVectorFields().stream()
            .filter(field -> field.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Invalid vector field: '"
                            + name
                            + "' (expected one of "
                            + schema.allVectorFields().stream().map(VectorField::name).toList()
                            + ")"));
  }

  /**
   * Checks that a field can have a strategy.
   *
   * @throws InvalidArgumentException if it cannot, or one of them is not there
   */
  public static void check(CollectionSchema schema, String name, String strategy) {
    VectorField field = field(schema, name);
    Strategy wanted = Templates.shipped().named(strategy);
    if (!Templates.fits(wanted, field.name(), schema)) {
      throw new InvalidArgumentException(
          "Cannot have field '"
              + name
              + "' answered by "
              + strategy
              + ": it is "
              + (field.isSparse() ? "sparse" : "dense, compared by " + field.metric())
              + " (expected one of "
              + Templates.shipped().strategies().stream()
                  .filter(one -> Templates.fits(one, field.name(), schema))
                  .map(Strategy::name)
                  .toList()
              + ")");
    }
  }
}

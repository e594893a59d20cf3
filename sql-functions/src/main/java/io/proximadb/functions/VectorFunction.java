package io.proximadb.functions;

import io.proximadb.error.InvalidArgumentException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One scalar SQL function over vectors, as a platform registers and calls it. Immutable, stateless
 * and safe for use by several threads.
 *
 * <p>NULL handling is the same for all of them and lives in {@link #evaluate}: a NULL argument
 * gives NULL; two vectors of different dimensions are an error, even if one has a NULL element; a
 * vector with a NULL element gives NULL.
 */
public final class VectorFunction {
  private final String name;
  private final List<VectorType> argumentTypes;
  private final int requiredArguments;
  private final VectorType resultType;
  private final String description;
  private final Evaluator evaluator;

  /** The body: no argument is null, vectors are {@code float[]} of one dimension. */
  @FunctionalInterface
  interface Evaluator {
    @Nullable Object evaluate(Object[] arguments);
  }

  /**
   * Stands for a vector that has a NULL element, of which only the dimension matters.
   *
   * @param dimension its number of elements, NULL ones included
   */
  public record HasNullElement(int dimension) {}

  VectorFunction(
      String name,
      List<VectorType> argumentTypes,
      int requiredArguments,
      VectorType resultType,
      String description,
      Evaluator evaluator) {
    this.name = name;
    this.argumentTypes = List.copyOf(argumentTypes);
    this.requiredArguments = requiredArguments;
    this.resultType = resultType;
    this.description = description;
    this.evaluator = evaluator;
  }

  /** The SQL name, in lower case. */
  public String name() {
    return name;
  }

  /** All arguments in order; those from {@link #requiredArguments()} on may be left out. */
  public List<VectorType> argumentTypes() {
    return argumentTypes;
  }

  /** How many arguments a call needs at least. */
  public int requiredArguments() {
    return requiredArguments;
  }

  public VectorType resultType() {
    return resultType;
  }

  /** One sentence for {@code DESCRIBE FUNCTION}. */
  public String description() {
    return description;
  }

  /** The call as a user writes it, for instance {@code vector_norm(vector[, degree])}. */
  public String usage() {
    StringBuilder text = new StringBuilder(name).append('(');
    int vectors = 0;
    for (int i = 0; i < argumentTypes.size(); i++) {
      boolean optional = i >= requiredArguments;
      String argument =
          argumentTypes.get(i) != VectorType.VECTOR
              ? "degree"
              : requiredArguments == 1 ? "vector" : vectors++ == 0 ? "left" : "right";
      text.append(optional ? "[" : "").append(i > 0 ? ", " : "").append(argument);
      text.append(optional ? "]" : "");
    }
    return text.append(')').toString();
  }

  /**
   * Calls the function.
   *
   * @param arguments {@code float[]}, {@link HasNullElement}, {@link Float} or null, as {@link
   *     #argumentTypes()} says; vectors are only read
   * @return a {@link Float}, {@link Integer} or new {@code float[]} as {@link #resultType()} says,
   *     or null
   * @throws InvalidArgumentException if two vectors differ in dimension, a degree is not one of 1,
   *     2 and infinity, or the arguments are not those of the function
   */
  public @Nullable Object evaluate(@Nullable Object... arguments) {
    if (arguments.length < requiredArguments || arguments.length > argumentTypes.size()) {
      throw new InvalidArgumentException(
          "Invalid number of arguments of "
              + name
              + ": "
              + arguments.length
              + " (expected "
              + usage()
              + ")");
    }
    Object[] present = new Object[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      Object argument = arguments[i];
      if (argument == null) {
        return null;
      }
      present[i] = checked(i, argument);
    }
    checkDimensions(present);
    for (Object argument : present) {
      if (argument instanceof HasNullElement) {
        return null;
      }
    }
    return evaluator.evaluate(present);
  }

  private Object checked(int i, Object argument) {
    VectorType type = argumentTypes.get(i);
    boolean fits =
        type == VectorType.VECTOR
            ? argument instanceof float[] || argument instanceof HasNullElement
            : argument instanceof Float;
    if (!fits) {
      throw new InvalidArgumentException(
          "Invalid argument "
              + (i + 1)
              + " of "
              + name
              + ": "
              + argument.getClass().getSimpleName()
              + " (expected "
              + type
              + ")");
    }
    if (argument instanceof Float degree) {
      VectorFunctions.checkDegree(name, degree);
    }
    return argument;
  }

  private void checkDimensions(Object[] arguments) {
    if (arguments.length < 2 || argumentTypes.get(1) != VectorType.VECTOR) {
      return;
    }
    int left = dimension(arguments[0]);
    int right = dimension(arguments[1]);
    if (left != right) {
      throw new InvalidArgumentException(
          "[VECTOR_DIMENSION_MISMATCH] Vectors passed to `"
              + name
              + "` must have the same dimension, but got "
              + left
              + " and "
              + right
              + ". SQLSTATE: 22000");
    }
  }

  private static int dimension(Object vector) {
    return vector instanceof HasNullElement nulls ? nulls.dimension() : ((float[]) vector).length;
  }

  @Override
  public String toString() {
    return usage() + " -> " + resultType;
  }
}

package io.proximadb.spark.procedures;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.BoundProcedure;
import org.apache.spark.sql.connector.catalog.procedures.ProcedureParameter;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A procedure of a catalog: its parameters, its columns, and what it does. */
final class CatalogProcedure implements BoundProcedure {
  /**
   * Whose procedure is called.
   *
   * @param catalog the name of the catalog
   */
  record Context(String catalog, Warehouse warehouse, Clock clock) {
    /**
     * The name of a collection, with or without the catalog's before it.
     *
     * @throws InvalidArgumentException if it is no name
     */
    CollectionName name(String given) {
      String prefix = catalog + ".";
      return CollectionName.parse(
          given.startsWith(prefix) ? given.substring(prefix.length()) : given);
    }

    /** Opens a collection. */
    CollectionTable table(String given) {
      return warehouse.load(name(given));
    }
  }

  /** What a procedure does with the values of a call. */
  @FunctionalInterface
  interface Body {
    List<Object[]> run(Context context, Values values);
  }

  private final Context context;
  private final String name;
  private final String description;
  private final List<ProcedureParameter> parameters;
  private final StructType columns;
  private final Body body;

  private CatalogProcedure(
      Context context,
      String name,
      String description,
      List<ProcedureParameter> parameters,
      StructType columns,
      Body body) {
    this.context = context;
    this.name = name;
    this.description = description;
    this.parameters = List.copyOf(parameters);
    this.columns = columns;
    this.body = body;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  /**
   * As Spark finds it. An object that is both would be taken for bound, and called before the
   * arguments that a call leaves out are filled in.
   */
  UnboundProcedure unbound() {
    return new Unbound(this);
  }

  private record Unbound(CatalogProcedure bound) implements UnboundProcedure {
    @Override
    public String name() {
      return bound.name();
    }

    @Override
    public String description() {
      return bound.description();
    }

    @Override
    public BoundProcedure bind(StructType inputType) {
      return bound;
    }
  }

  @Override
  public ProcedureParameter[] parameters() {
    return parameters.toArray(ProcedureParameter[]::new);
  }

  /** They change tables, or tell how these are now. */
  @Override
  public boolean isDeterministic() {
    return false;
  }

  @Override
  public Iterator<Scan> call(InternalRow input) {
    List<InternalRow> rows = new ArrayList<>();
    for (Object[] row : body.run(context, new Values(name, parameters, input))) {
      rows.add(Rows.of(columns, row));
    }
    return List.<Scan>of(new Result(columns, rows)).iterator();
  }

  /** Starts a description of a procedure. */
  static Builder named(String name, String description) {
    return new Builder(name, description);
  }

  /** Describes a procedure. */
  static final class Builder {
    private final String name;
    private final String description;
    private final List<ProcedureParameter> parameters = new ArrayList<>();
    private StructType columns = new StructType();

    private Builder(String name, String description) {
      this.name = name;
      this.description = description;
    }

    /** A parameter that a call must give. */
    Builder required(String parameter, DataType type) {
      parameters.add(ProcedureParameter.in(parameter, type).build());
      return this;
    }

    /** A parameter that a call may leave out. */
    Builder optional(String parameter, DataType type, String sql) {
      parameters.add(ProcedureParameter.in(parameter, type).defaultValue(sql).build());
      return this;
    }

    /** A column of the result. */
    Builder column(String column, DataType type) {
      columns = columns.add(column, type);
      return this;
    }

    /** The procedure of each catalog. */
    Function<Context, CatalogProcedure> does(Body body) {
      return context -> new CatalogProcedure(context, name, description, parameters, columns, body);
    }
  }

  /** The rows of a result. */
  private record Result(StructType readSchema, List<InternalRow> all) implements LocalScan {
    @Override
    public InternalRow[] rows() {
      return all.toArray(InternalRow[]::new);
    }
  }

  /** The values of a call, by the names of the parameters. */
  static final class Values {
    private final String procedure;
    private final List<ProcedureParameter> parameters;
    private final InternalRow input;

    Values(String procedure, List<ProcedureParameter> parameters, InternalRow input) {
      this.procedure = procedure;
      this.parameters = parameters;
      this.input = input;
    }

    private int at(String parameter) {
      for (int i = 0; i < parameters.size(); i++) {
        if (parameters.get(i).name().equals(parameter)) {
          return i;
        }
      }
      throw new IllegalArgumentException(parameter);
    }

    boolean isNull(String parameter) {
      return input.isNullAt(at(parameter));
    }

    private int given(String parameter) {
      if (isNull(parameter)) {
        throw new InvalidArgumentException(
            "Invalid argument '" + parameter + "' of " + procedure + ": NULL (expected a value)");
      }
      return at(parameter);
    }

    String text(String parameter) {
      return input.getUTF8String(given(parameter)).toString();
    }

    @Nullable String textOrNull(String parameter) {
      return isNull(parameter) ? null : text(parameter);
    }

    int number(String parameter) {
      return input.getInt(given(parameter));
    }

    double decimal(String parameter) {
      return input.getDouble(given(parameter));
    }

    boolean truth(String parameter) {
      return input.getBoolean(given(parameter));
    }

    float[] floats(String parameter) {
      var data = input.getArray(given(parameter));
      for (int i = 0; i < data.numElements(); i++) {
        if (data.isNullAt(i)) {
          throw new InvalidArgumentException(
              "Invalid argument '" + parameter + "' of " + procedure + ": NULL at " + i);
        }
      }
      return data.toFloatArray();
    }

    List<String> texts(String parameter) {
      var data = input.getArray(given(parameter));
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < data.numElements(); i++) {
        if (data.isNullAt(i)) {
          throw new InvalidArgumentException(
              "Invalid argument '" + parameter + "' of " + procedure + ": NULL at " + i);
        }
        texts.add(data.getUTF8String(i).toString());
      }
      return texts;
    }

    /** The entries of a map of texts. */
    java.util.Map<String, String> entries(String parameter) {
      var data = input.getMap(given(parameter));
      java.util.Map<String, String> entries = new java.util.TreeMap<>();
      for (int i = 0; i < data.numElements(); i++) {
        if (data.valueArray().isNullAt(i)) {
          throw new InvalidArgumentException(
              "Invalid argument '"
                  + parameter
                  + "' of "
                  + procedure
                  + ": NULL for '"
                  + data.keyArray().getUTF8String(i)
                  + "'");
        }
        entries.put(
            data.keyArray().getUTF8String(i).toString(),
            data.valueArray().getUTF8String(i).toString());
      }
      return entries;
    }
  }
}

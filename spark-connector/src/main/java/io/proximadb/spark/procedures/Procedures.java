package io.proximadb.spark.procedures;

import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;

/** All procedures of a catalog, which stand in its namespace {@value #NAMESPACE}. */
public final class Procedures {
  /** The namespace of the procedures. */
  public static final String NAMESPACE = "system";

  private static final List<Function<CatalogProcedure.Context, CatalogProcedure>> ALL = all();

  private Procedures() {}

  private static List<Function<CatalogProcedure.Context, CatalogProcedure>> all() {
    List<Function<CatalogProcedure.Context, CatalogProcedure>> all = new ArrayList<>();
    all.addAll(TableProcedures.all());
    all.addAll(IndexProcedures.all());
    all.addAll(MaintenanceProcedures.all());
    all.addAll(EngineProcedures.all());
    return List.copyOf(all);
  }

  /** The procedures of a catalog. */
  public static List<UnboundProcedure> of(String catalog, Warehouse warehouse, Clock clock) {
    CatalogProcedure.Context context = new CatalogProcedure.Context(catalog, warehouse, clock);
    return ALL.stream().map(made -> made.apply(context).unbound()).toList();
  }

  /** The procedure of a name. */
  public static Optional<UnboundProcedure> find(
      String name, String catalog, Warehouse warehouse, Clock clock) {
    return of(catalog, warehouse, clock).stream()
        .filter(procedure -> procedure.name().equalsIgnoreCase(name))
        .findFirst();
  }
}

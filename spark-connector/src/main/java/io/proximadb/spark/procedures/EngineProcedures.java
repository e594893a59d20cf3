package io.proximadb.spark.procedures;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.api.SearchExplanation;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.UnavailableException;
import io.proximadb.filter.FilterJson;
import io.proximadb.maintenance.MaintenanceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/** What needs an engine, which is open on the driver for the time of the call. */
final class EngineProcedures {
  private static final DataType TEXTS = DataTypes.createArrayType(DataTypes.StringType);

  private EngineProcedures() {}

  static List<Function<CatalogProcedure.Context, CatalogProcedure>> all() {
    return List.of(erase(), explain());
  }

  private static EngineOptions options(CatalogProcedure.Context context) {
    Map<String, String> properties = new HashMap<>(context.warehouse().properties());
    // The call is all that this engine is to do.
    properties.put(MaintenanceOptions.THREADS, "0");
    return EngineOptions.of(properties);
  }

  /** The log of an engine may hold the records too: it is erased with the engine's home. */
  private static Function<CatalogProcedure.Context, CatalogProcedure> erase() {
    return CatalogProcedure.named(
            "erase", "takes records out of all files for good, with a receipt")
        .required("table", DataTypes.StringType)
        .required("ids", TEXTS)
        .optional("home", DataTypes.StringType, "NULL")
        .optional("end_pins", DataTypes.BooleanType, "false")
        .optional("alone", DataTypes.BooleanType, "false")
        .column("complete", DataTypes.BooleanType)
        .column("found", TEXTS)
        .column("rows", DataTypes.LongType)
        .column("snapshot_before", DataTypes.LongType)
        .column("snapshot_after", DataTypes.LongType)
        .column("snapshots_expired", DataTypes.LongType)
        .column("verified", TEXTS)
        .column("remaining", TEXTS)
        .column("out_of_reach", TEXTS)
        .does(
            (context, values) -> {
              EraseRequest request =
                  new EraseRequest(
                      new LinkedHashSet<>(values.texts("ids")),
                      values.truth("end_pins"),
                      values.truth("alone"));
              EngineOptions options = options(context);
              String home = values.textOrNull("home");
              if (home != null) {
                options = options.withHome(Path.of(home));
              }
              try (ProximaEngine engine = ProximaEngine.open(options)) {
                return List.<Object[]>of(
                    row(engine.collection(context.name(values.text("table"))).erase(request)));
              }
            });
  }

  private static @Nullable Object[] row(EraseReceipt receipt) {
    return new @Nullable Object[] {
      receipt.isComplete(),
      receipt.found().stream().sorted().toList(),
      receipt.rows(),
      orNull(receipt.snapshotBefore()),
      orNull(receipt.snapshotAfter()),
      receipt.snapshotsExpired(),
      receipt.verified(),
      receipt.remaining(),
      receipt.outOfReach()
    };
  }

  private static @Nullable Long orNull(OptionalLong value) {
    return value.isPresent() ? (Long) value.getAsLong() : null;
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> explain() {
    return CatalogProcedure.named(
            "explain_search", "searches, and says why a record is in the answer or is not")
        .required("table", DataTypes.StringType)
        .required("query", DataTypes.createArrayType(DataTypes.FloatType))
        .required("k", DataTypes.IntegerType)
        .optional("id", DataTypes.StringType, "NULL")
        .optional("field", DataTypes.StringType, "NULL")
        .optional("filter", DataTypes.StringType, "NULL")
        .optional("recall", DataTypes.DoubleType, "NULL")
        .column("id", DataTypes.StringType)
        .column("outcome", DataTypes.StringType)
        .column("distance", DataTypes.DoubleType)
        .column("rank", DataTypes.IntegerType)
        .column("reason", DataTypes.StringType)
        .column("answer", TEXTS)
        .column("strategy", DataTypes.StringType)
        .column("recall", DataTypes.DoubleType)
        .column("rows_compared", DataTypes.LongType)
        .column("rows_of_indexes", DataTypes.LongType)
        .does(EngineProcedures::explain);
  }

  /** The engine has a home of its own for the call, so that another one may be open. */
  private static List<Object[]> explain(
      CatalogProcedure.Context context, CatalogProcedure.Values values) {
    SearchRequest request = request(values);
    String id = values.textOrNull("id");
    Path home = temporaryFolder();
    try (ProximaEngine engine = ProximaEngine.open(options(context).withHome(home))) {
      var collection = engine.collection(context.name(values.text("table")));
      if (id == null) {
        return List.<Object[]>of(row(null, collection.search(request)));
      }
      SearchExplanation explained = collection.explain(request, id);
      return List.<Object[]>of(row(explained, explained.response()));
    } finally {
      delete(home);
    }
  }

  private static SearchRequest request(CatalogProcedure.Values values) {
    SearchRequest request =
        SearchRequest.of(values.floats("query"), values.number("k")).returning(List.of());
    String field = values.textOrNull("field");
    if (field != null) {
      request = request.by(field);
    }
    String filter = values.textOrNull("filter");
    if (filter != null) {
      request = request.where(FilterJson.parse(filter));
    }
    return values.isNull("recall") ? request : request.recall(values.decimal("recall"));
  }

  private static @Nullable Object[] row(
      @Nullable SearchExplanation explained, SearchResponse answer) {
    @Nullable Object[] row = new @Nullable Object[10];
    if (explained != null) {
      row[0] = explained.id();
      row[1] = explained.outcome().name();
      row[2] = orNull(explained.distance());
      row[3] = explained.rank().isPresent() ? (Integer) explained.rank().getAsInt() : null;
      row[4] = explained.reason();
    }
    row[5] = answer.hits().stream().map(SearchHit::id).toList();
    row[6] = answer.strategy();
    row[7] = orNull(answer.recall());
    row[8] = answer.rowsScannedExactly();
    row[9] = answer.rowsCoveredByIndex();
    return row;
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("proximadb-explain");
    } catch (IOException e) {
      throw new UnavailableException("Cannot make a folder for the engine of a call", e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot delete " + folder, e);
    }
  }
}

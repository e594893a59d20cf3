package io.proximadb.spark.procedures;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.SchemaCommit;
import io.proximadb.error.NotFoundException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.maintenance.IndexFileBuild;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/** Indexes: their definitions, and their files, which a Spark job builds. */
final class IndexProcedures {
  private IndexProcedures() {}

  static List<Function<CatalogProcedure.Context, CatalogProcedure>> all() {
    return List.of(create(), drop(), build(), describe());
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> create() {
    return CatalogProcedure.named("create_index", "has every data file get an index of a kind")
        .required("table", DataTypes.StringType)
        .required("name", DataTypes.StringType)
        .required("type", DataTypes.StringType)
        .required("column", DataTypes.StringType)
        .optional(
            "settings",
            DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType),
            "CAST(map() AS MAP<STRING, STRING>)")
        .column("indexes", DataTypes.createArrayType(DataTypes.StringType))
        .does(
            (context, values) ->
                change(
                    context.table(values.text("table")),
                    SchemaChange.addIndex(
                        new IndexDefinition(
                            values.text("name"),
                            values.text("type"),
                            values.text("column"),
                            values.entries("settings")))));
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> drop() {
    return CatalogProcedure.named(
            "drop_index", "lets go of an index, whose files are removed later")
        .required("table", DataTypes.StringType)
        .required("name", DataTypes.StringType)
        .column("indexes", DataTypes.createArrayType(DataTypes.StringType))
        .does(
            (context, values) ->
                change(
                    context.table(values.text("table")),
                    SchemaChange.dropIndex(values.text("name"))));
  }

  private static List<Object[]> change(CollectionTable table, SchemaChange change) {
    if (table.isAttached()) {
      table.changeIndexes(List.of(change));
    } else {
      SchemaCommit.makeBesideOwner(table, List.of(change), Map.of());
    }
    return List.<Object[]>of(
        new Object[] {
          IndexDefinitions.of(table.context()).stream().map(IndexDefinition::name).toList()
        });
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> build() {
    return CatalogProcedure.named(
            "build_index", "builds the index files that are missing, by a job")
        .required("table", DataTypes.StringType)
        .optional("name", DataTypes.StringType, "NULL")
        .column("name", DataTypes.StringType)
        .column("built_files", DataTypes.LongType)
        .column("rows", DataTypes.LongType)
        .column("bytes", DataTypes.LongType)
        .column("failures", DataTypes.createArrayType(DataTypes.StringType))
        .column("carried_over", DataTypes.LongType)
        .does(
            (context, values) ->
                build(context.table(values.text("table")), values.textOrNull("name")));
  }

  private static List<Object[]> build(CollectionTable table, @Nullable String only) {
    List<IndexDefinition> definitions = definitions(table, only);
    List<IndexFileBuild> missing = new ArrayList<>(IndexFileBuild.missing(table));
    missing.removeIf(build -> !definitions.contains(build.definition()));
    List<IndexFileBuild.Result> results =
        Jobs.run(
            "build indexes of " + table.name(),
            missing,
            IndexFileBuild::build,
            // An index is right whatever becomes of the others.
            built -> {});
    List<Object[]> rows = new ArrayList<>();
    for (IndexDefinition definition : definitions) {
      long files = 0;
      long covered = 0;
      long bytes = 0;
      long carriedOver = 0;
      List<String> failures = new ArrayList<>();
      for (int i = 0; i < missing.size(); i++) {
        if (missing.get(i).definition().equals(definition)) {
          IndexFileBuild.Result result = results.get(i);
          if (result.bytes() > 0) {
            files++;
            covered += missing.get(i).rows();
            bytes += result.bytes();
            carriedOver += result.fromEarlier() ? 1 : 0;
          } else if (!result.failure().isEmpty()) {
            failures.add(result.failure());
          }
        }
      }
      rows.add(new Object[] {definition.name(), files, covered, bytes, failures, carriedOver});
    }
    return rows;
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> describe() {
    return CatalogProcedure.named("describe_index", "says how far the indexes are")
        .required("table", DataTypes.StringType)
        .optional("name", DataTypes.StringType, "NULL")
        .column("name", DataTypes.StringType)
        .column("type", DataTypes.StringType)
        .column("column", DataTypes.StringType)
        .column("settings", DataTypes.StringType)
        .column("files", DataTypes.LongType)
        .column("indexed_files", DataTypes.LongType)
        .column("rows", DataTypes.LongType)
        .column("indexed_rows", DataTypes.LongType)
        .column("bytes", DataTypes.LongType)
        .does(
            (context, values) -> {
              CollectionTable table = context.table(values.text("table"));
              List<Object[]> rows = new ArrayList<>();
              for (IndexDefinition definition : definitions(table, values.textOrNull("name"))) {
                rows.add(describe(table, definition));
              }
              return rows;
            });
  }

  /** Files that are too small to be indexed do not count. */
  private static Object[] describe(CollectionTable table, IndexDefinition definition) {
    TableContext context = table.context();
    long files = 0;
    long indexedFiles = 0;
    long rows = 0;
    long indexedRows = 0;
    long bytes = 0;
    for (LiveFile file : table.liveFiles()) {
      long count = file.dataFile().recordCount();
      if (count >= IndexDefinitions.minRows(context, definition)) {
        files++;
        rows += count;
        long length = IndexFiles.length(context, file.location(), definition);
        if (length >= 0) {
          indexedFiles++;
          indexedRows += count;
          bytes += length;
        }
      }
    }
    return new Object[] {
      definition.name(),
      definition.type(),
      definition.field(),
      definition.settings().toString(),
      files,
      indexedFiles,
      rows,
      indexedRows,
      bytes
    };
  }

  private static List<IndexDefinition> definitions(CollectionTable table, @Nullable String only) {
    List<IndexDefinition> all = IndexDefinitions.of(table.context());
    if (only == null) {
      return all;
    }
    List<IndexDefinition> found = all.stream().filter(index -> index.name().equals(only)).toList();
    if (found.isEmpty()) {
      throw new NotFoundException(
          "Cannot find index '"
              + only
              + "' of '"
              + table.name()
              + "' (indexes="
              + all.stream().map(IndexDefinition::name).toList()
              + "; create_index makes one)");
    }
    return found;
  }
}

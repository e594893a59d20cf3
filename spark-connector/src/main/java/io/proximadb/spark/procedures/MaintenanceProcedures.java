package io.proximadb.spark.procedures;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.FileRewrite;
import io.proximadb.env.FailPoints;
import io.proximadb.maintenance.CompactionPart;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.iceberg.io.FileIO;
import org.apache.spark.sql.types.DataTypes;

/**
 * Maintenance, as an engine does it in the background: each step is a commit of its own, right
 * beside a running engine. The files of a compaction are written by a Spark job; the rest works on
 * the driver.
 */
final class MaintenanceProcedures {
  /** Steps of one call: a call that is not done then says so by doing more when called again. */
  private static final int MAX_STEPS = 10_000;

  private MaintenanceProcedures() {}

  static List<Function<CatalogProcedure.Context, CatalogProcedure>> all() {
    return List.of(
        compact(),
        works(
            "recluster",
            "trains the clusters of vectors where that is due; compact brings old files into them",
            MaintenanceWork.Kind.RECLUSTER),
        works("sweep_ttl", "deletes expired rows", MaintenanceWork.Kind.TTL_SWEEP),
        works(
            "expire_snapshots",
            "removes old snapshots, and files that only they need",
            MaintenanceWork.Kind.SNAPSHOT_EXPIRY),
        works(
            "remove_orphans",
            "removes files that no snapshot names, once they are old enough",
            MaintenanceWork.Kind.ORPHAN_CLEANUP),
        works(
            "rewrite_manifests", "merges small manifests", MaintenanceWork.Kind.MANIFEST_REWRITE));
  }

  private static CatalogProcedure.Builder describe(String name, String description) {
    return CatalogProcedure.named(name, description)
        .required("table", DataTypes.StringType)
        .column("step", DataTypes.StringType)
        .column("rows_removed", DataTypes.LongType)
        .column("files_removed", DataTypes.LongType)
        .column("bytes_read", DataTypes.LongType)
        .column("bytes_written", DataTypes.LongType);
  }

  private static Object[] row(MaintenanceResult result) {
    return new Object[] {
      result.what(),
      result.rowsRemoved(),
      result.filesRemoved(),
      result.bytesRead(),
      result.bytesWritten()
    };
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> works(
      String name, String description, MaintenanceWork.Kind kind) {
    return describe(name, description)
        .does((context, values) -> run(context, context.table(values.text("table")), kind));
  }

  private static List<Object[]> run(
      CatalogProcedure.Context context, CollectionTable table, MaintenanceWork.Kind kind) {
    MaintenanceScope scope =
        new MaintenanceScope(
                table,
                context.clock(),
                FailPoints.NONE,
                () -> Thread.currentThread().isInterrupted())
            .now();
    List<Object[]> rows = new ArrayList<>();
    table.checkWritable("maintain");
    for (MaintenanceWork work : MaintenanceWorks.standard()) {
      if (work.kind() == kind && work.isFor(table)) {
        boolean more = true;
        while (more && rows.size() < MAX_STEPS) {
          MaintenanceResult result = work.run(scope);
          if (result.done()) {
            rows.add(row(result));
          }
          more = result.more();
        }
      }
    }
    return rows;
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> compact() {
    return describe("compact", "rewrites files as the layout wants them, by a job")
        .does((context, values) -> compact(context, context.table(values.text("table"))));
  }

  private static List<Object[]> compact(CatalogProcedure.Context context, CollectionTable table) {
    table.checkWritable("compact");
    // Rows that other engines replaced are settled first: else nothing may be moved.
    List<Object[]> rows = new ArrayList<>(run(context, table, MaintenanceWork.Kind.NORMALISE));
    Set<String> unmovable = new HashSet<>();
    boolean progress = true;
    while (progress && rows.size() < MAX_STEPS) {
      progress = false;
      List<CompactionPart> parts = CompactionPart.plan(table, unmovable);
      FileIO io = table.table().io();
      List<CompactionPart.Written> written =
          Jobs.run(
              "compact " + table.name(),
              parts,
              CompactionPart::write,
              new Discard(table.context()));
      int next = 0;
      try {
        while (next < parts.size()) {
          CompactionPart part = parts.get(next);
          CompactionPart.Written outputs = written.get(next++);
          FileRewrite rewrite = outputs.rewrite();
          String stays = outputs.unmovable();
          if (stays != null) {
            progress |= unmovable.add(stays);
          }
          MaintenanceResult result =
              rewrite == null
                  ? new MaintenanceResult(false, false, 0, 0, 0, 0, outputs.failure())
                  : part.commit(table, rewrite);
          progress |= result.done();
          rows.add(row(result));
        }
      } finally {
        // A commit that failed ends the call, and takes back what it wrote itself.
        written.subList(next, written.size()).forEach(outputs -> outputs.discard(io));
      }
    }
    return rows;
  }

  /** Removes the outputs of a step that will not be committed. */
  private record Discard(TableContext context) implements Jobs.Undo<CompactionPart.Written> {
    @Override
    public void accept(CompactionPart.Written written) {
      written.discard(context.io());
    }
  }
}

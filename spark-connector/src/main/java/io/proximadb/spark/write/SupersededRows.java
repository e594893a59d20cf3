package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowSelector;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.roaringbitmap.RoaringBitmap;
import scala.Option;

/**
 * Which rows of the table a job replaces: looked for by tasks of a stage of its own, one for each
 * data file, where there are many; files that come meanwhile are looked through on the driver.
 */
final class SupersededRows {
  /**
   * Look-ups from which on a stage is worth its start of some 50 ms: each takes about a tenth of a
   * microsecond, more where files are remote.
   */
  private static final long MIN_LOOKUPS = 500_000;

  private SupersededRows() {}

  /** Selects the rows whose ids a job writes. */
  static RowSelector by(CollectionTable table, StagedRows rows) {
    RowSelector here = rows.superseded();
    table.refresh();
    List<LiveFile> live = table.liveFiles();
    Option<SparkSession> session = SparkSession.getActiveSession();
    if (session.isEmpty() || rows.rowCount() * live.size() < MIN_LOOKUPS) {
      return here;
    }
    Map<String, RoaringBitmap> found = new HashMap<>();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.get().sparkContext());
    // Once to each executor, not with each task: there may be hundreds of both kinds of files.
    Broadcast<Written> written =
        spark.broadcast(new Written(table.context(), List.copyOf(rows.staged())));
    List<DataFile> files = live.stream().map(LiveFile::dataFile).toList();
    List<RoaringBitmap> positions;
    try {
      positions =
          spark.parallelize(files, files.size()).map(file -> written.value().in(file)).collect();
    } finally {
      written.destroy();
    }
    for (int i = 0; i < live.size(); i++) {
      found.put(live.get(i).location(), positions.get(i));
    }
    return file -> {
      RoaringBitmap known = found.get(file.location());
      return known == null ? here.select(file) : known.clone();
    };
  }

  /** What the job has written, as the tasks know it. */
  private record Written(TableContext context, List<DataFile> staged) implements Serializable {
    /** The rows of a file whose ids were written. */
    RoaringBitmap in(DataFile file) {
      RoaringBitmap found = new RoaringBitmap();
      try (SegmentReader reader = Segments.open(context, file)) {
        for (DataFile other : staged) {
          try (SegmentReader ids = Segments.open(context, other)) {
            found.or(reader.findAll(ids.ids()));
          }
        }
      }
      return found;
    }
  }
}

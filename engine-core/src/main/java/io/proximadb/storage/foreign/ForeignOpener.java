package io.proximadb.storage.foreign;

import io.proximadb.storage.SegmentOpener;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.records.RecordFiles;
import java.util.Optional;
import org.apache.iceberg.DataFile;

/** Opens what no layout of ProximaDB wrote. */
public final class ForeignOpener implements SegmentOpener {
  @Override
  public Optional<SegmentReader> open(TableContext table, DataFile file) {
    return RecordFiles.canRead(file.format())
        ? Optional.of(ForeignReader.open(table, file))
        : Optional.empty();
  }
}

package io.proximadb.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.storage.records.RecordFile;
import io.proximadb.storage.records.RecordFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.Deletes;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DeleteSchemaUtil;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;

/** Reads deletion vectors (table format 3) and position-delete files (format 2). */
final class PositionDeletes {
  /** Rows of position-delete files kept in memory, in all: 8 million, some tens of megabytes. */
  private static final long MAX_ROWS = 8L << 20;

  private static final Schema PATH_AND_POSITION = DeleteSchemaUtil.pathPosSchema();

  /** Delete files are immutable and of unique name; one may be of many data files. */
  private static final Cache<String, Map<String, PositionDeleteIndex>> FILES =
      Caffeine.newBuilder()
          .maximumWeight(MAX_ROWS)
          .<String, Map<String, PositionDeleteIndex>>weigher(
              (location, indexes) ->
                  (int)
                      Math.min(
                          Integer.MAX_VALUE,
                          1
                              + indexes.values().stream()
                                  .mapToLong(PositionDeleteIndex::cardinality)
                                  .sum()))
          .executor(Runnable::run)
          .build();

  private PositionDeletes() {}

  /** What a file's vector and position deletes delete; knows the delete files it is from. */
  static PositionDeleteIndex of(FileIO io, LiveFile file) {
    List<PositionDeleteIndex> all = new ArrayList<>();
    for (DeleteFile delete : file.deletes()) {
      if (delete.content() == FileContent.POSITION_DELETES) {
        PositionDeleteIndex one =
            delete.format() == FileFormat.PUFFIN
                ? readVector(io, delete)
                : FILES.get(delete.location(), key -> readFile(io, delete)).get(file.location());
        if (one != null) {
          all.add(one);
        }
      }
    }
    return switch (all.size()) {
      case 0 -> PositionDeleteIndex.empty();
      case 1 -> all.get(0);
      default -> merged(all);
    };
  }

  /** Merging changes an index, and what is cached must stay as it is. */
  private static PositionDeleteIndex merged(List<PositionDeleteIndex> indexes) {
    PositionDeleteIndex merged = Deletes.toPositionIndex(CloseableIterable.empty());
    indexes.forEach(merged::merge);
    return merged;
  }

  private static Map<String, PositionDeleteIndex> readFile(FileIO io, DeleteFile delete) {
    Map<String, PositionDeleteIndex> indexes = new HashMap<>();
    try (RecordFile file = RecordFiles.open(io, delete, Map.of())) {
      for (int piece = 0; piece < file.pieceCount(); piece++) {
        try (CloseableIterable<Record> records = file.read(piece, PATH_AND_POSITION)) {
          Deletes.toPositionIndexes(records, delete)
              .forEach(
                  (path, index) -> {
                    PositionDeleteIndex known = indexes.putIfAbsent(path.toString(), index);
                    if (known != null) {
                      known.merge(index);
                    }
                  });
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read position deletes " + delete.location(), e);
    }
    return indexes;
  }

  private static PositionDeleteIndex readVector(FileIO io, DeleteFile delete) {
    byte[] bytes = new byte[Math.toIntExact(delete.contentSizeInBytes())];
    try (SeekableInputStream in = io.newInputFile(delete.location()).newStream()) {
      if (in instanceof RangeReadable ranges) {
        ranges.readFully(delete.contentOffset(), bytes);
      } else {
        in.seek(delete.contentOffset());
        IOUtil.readFully(in, bytes, 0, bytes.length);
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read deletion vector " + delete.location(), e);
    }
    try {
      return PositionDeleteIndex.deserialize(bytes, delete);
    } catch (IllegalArgumentException e) {
      throw new CorruptFileException(
          "Corrupt deletion vector in "
              + delete.location()
              + " (offset="
              + delete.contentOffset()
              + "): "
              + e.getMessage(),
          e);
    }
  }
}

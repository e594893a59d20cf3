package io.proximadb.engine;

import io.proximadb.api.Collection;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.filter.Filter;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Records;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How {@link EngineSimulation} looks at a collection. */
final class Reads {
  private Reads() {}

  /** The number of each record, by a scan and by ids; adds what cannot be right to the last. */
  static Map<String, Long> read(Collection docs, int idCount, List<String> wrong) {
    return read(docs, idCount, "id", wrong);
  }

  /** The same of ids that begin otherwise. */
  static Map<String, Long> read(Collection docs, int idCount, String prefix, List<String> wrong) {
    Map<String, Long> found = new TreeMap<>();
    try (ScanResult scan =
        docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "number", "vector")))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          String id = (String) batch.column("id").value(i);
          long number = (Long) batch.column("number").value(i);
          if (found.put(id, number) != null) {
            wrong.add("doubled: " + id);
          }
          if (!Arrays.equals(Records.vector(number), (float[]) batch.column("vector").value(i))) {
            wrong.add("torn: " + id + " with number " + number);
          }
        }
      }
    }
    Map<String, Long> byId = new TreeMap<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < idCount; i++) {
      ids.add(prefix + i);
    }
    for (StoredRecord record : docs.get(ids)) {
      byId.put(record.id(), Records.number(record));
    }
    if (!byId.equals(found)) {
      wrong.add("a scan shows " + found + ", ids show " + byId);
    }
    return found;
  }

  /** Counts the rows of a scan, and closes it. */
  static long count(ScanResult scan) {
    try (scan) {
      long rows = 0;
      while (scan.hasNext()) {
        rows += scan.next().rowCount();
      }
      return rows;
    }
  }

  /** A failure with our part of the stack. */
  static String trace(Throwable failure) {
    StringBuilder trace = new StringBuilder(failure.toString());
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      trace.append(cause == failure ? "" : "\n  because " + cause);
      for (StackTraceElement frame : cause.getStackTrace()) {
        if (frame.getClassName().startsWith("io.proximadb")) {
          trace.append("\n    ").append(frame);
        }
      }
    }
    return trace.toString();
  }
}

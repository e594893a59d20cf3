package io.proximadb.crashtest;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.column.ColumnBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an engine shows, each record by a scan and by its id.
 *
 * @param states by writer
 * @param wrong what cannot be right whatever was written
 */
record Inventory(List<WriterState> states, List<String> wrong) {
  /** Reads everything, in the collections that there are. */
  static Inventory read(ProximaEngine engine) {
    Inventory inventory = empty();
    List<String> names = new ArrayList<>(Workload.SHARED);
    names.add(Workload.OWN);
    for (String name : names) {
      if (exists(engine, name)) {
        inventory.addCollection(name);
        inventory.read(name, engine.collection(CollectionName.parse(name)));
      }
    }
    return inventory;
  }

  static Inventory empty() {
    List<WriterState> states = new ArrayList<>();
    for (int writer = 0; writer < Workload.MAX_WRITERS; writer++) {
      states.add(WriterState.empty());
    }
    return new Inventory(states, new ArrayList<>());
  }

  static boolean exists(ProximaEngine engine, String collection) {
    CollectionName name = CollectionName.parse(collection);
    return engine.listNamespaces().contains(name.namespace())
        && engine.listCollections(name.namespace()).contains(name);
  }

  private void addCollection(String name) {
    boolean shared = Workload.SHARED.contains(name);
    for (int writer = 0; writer < (shared ? states.size() : 1); writer++) {
      states.get(writer).collections().put(name, new java.util.TreeMap<>());
    }
  }

  private void read(String name, Collection collection) {
    Map<String, Long> scanned = new HashMap<>();
    try (ScanResult scan =
        collection.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "number")))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          String id = String.valueOf(batch.column("id").value(i));
          if (!(batch.column("number").value(i) instanceof Long number)) {
            wrong.add(id + " in " + name + " has no number");
          } else if (scanned.put(id, number) != null) {
            wrong.add("doubled: " + id + " in " + name + " is there twice");
          }
        }
      }
    }
    for (StoredRecord stored : collection.get(Workload.allIds())) {
      Value value = CrashRecords.value(stored.record());
      Long number = scanned.remove(stored.id());
      if (value == null) {
        wrong.add("torn: " + stored.id() + " in " + name + " is a mixture: " + stored);
      } else if (number == null || number != value.number()) {
        wrong.add(stored.id() + " in " + name + ": a scan shows " + number + ", its id " + value);
      } else {
        add(name, stored.id(), value);
      }
    }
    scanned.forEach(
        (id, number) -> wrong.add(id + " in " + name + " is in a scan and not under its id"));
  }

  private void add(String name, String id, Value value) {
    WriterState state = states.get(Workload.writerOf(id));
    if (state.has(name)) {
      state.of(name).put(id, value);
    } else {
      wrong.add(id + " in " + name + " belongs to another writer");
    }
  }

  /** As lines for another process. */
  List<String> toLines() {
    List<String> lines = new ArrayList<>();
    wrong.forEach(text -> lines.add("X " + text.replace('\n', ' ')));
    states.get(0).collections().keySet().forEach(name -> lines.add("C " + name));
    for (WriterState state : states) {
      state
          .collections()
          .forEach(
              (name, records) ->
                  records.forEach(
                      (id, value) ->
                          lines.add(
                              "S "
                                  + name
                                  + " "
                                  + id
                                  + " "
                                  + value.number()
                                  + " "
                                  + value.expires())));
    }
    return lines;
  }

  /** Takes in one of {@link #toLines()}. */
  void addLine(String line) {
    String[] parts = line.split(" ");
    switch (parts[0]) {
      case "X" -> wrong.add(line.substring(2));
      case "C" -> addCollection(parts[1]);
      case "S" ->
          add(
              parts[1],
              parts[2],
              new Value(Long.parseLong(parts[3]), Boolean.parseBoolean(parts[4])));
      default -> wrong.add("unexpected line of the process: " + line);
    }
  }
}

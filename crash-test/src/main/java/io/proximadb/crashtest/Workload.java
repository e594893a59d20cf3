package io.proximadb.crashtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The operations of one writer, which follow from a seed and from the records that were there when
 * it began. Writers have ids of their own, and the first one has a collection of its own that it
 * drops and makes again.
 */
final class Workload {
  static final int MAX_WRITERS = 6;

  /** Collections that are always there. */
  static final List<String> SHARED = List.of("docs", "notes");

  /** The collection of the first writer. */
  static final String OWN = "scratch";

  /** Few, so that most operations meet records of earlier ones. */
  private static final int IDS = 60;

  private static final int MAX_UNIT = 12;
  private static final int TOTAL_WEIGHT;

  static {
    int total = 0;
    for (Kind kind : Kind.values()) {
      total += kind.weight();
    }
    TOTAL_WEIGHT = total;
  }

  private final Random random;
  private final int writer;
  private final WriterState state;
  private long nextNumber;

  /**
   * The operations of one life.
   *
   * @param start the records at its begin; not changed
   */
  Workload(long seed, int writer, WriterState start) {
    this.random = new Random(seed * 31 + writer);
    this.writer = writer;
    this.state = start.copy();
    // Different in each life, so that a value tells when it was written.
    this.nextNumber = (random.nextLong() >>> 24) << 20 | (long) writer << 16;
  }

  /** The next one; it counts as done for those after it. */
  Operation next() {
    Operation operation = choose();
    operation.apply(state);
    return operation;
  }

  private Operation choose() {
    String collection = chooseCollection();
    if (!state.has(collection)) {
      return new Operation(Kind.CREATE, collection, Map.of());
    }
    int at = random.nextInt(TOTAL_WEIGHT);
    for (Kind kind : Kind.values()) {
      at -= kind.weight();
      if (at < 0) {
        return choose(kind, collection);
      }
    }
    throw new AssertionError("Weights do not sum up to " + TOTAL_WEIGHT);
  }

  private String chooseCollection() {
    int choice = random.nextInt(SHARED.size() + 1);
    if (choice < SHARED.size()) {
      return SHARED.get(choice);
    }
    return writer == 0 ? OWN : SHARED.get(0);
  }

  private Operation choose(Kind kind, String collection) {
    if (kind == Kind.DROP && !collection.equals(OWN)) {
      return choose(Kind.DELETE, collection);
    }
    Map<String, Value> live = state.of(collection);
    Map<String, Value> unit = new TreeMap<>();
    for (String id : pickIds(kind.pick(), live)) {
      Value now = live.get(id);
      nextNumber++;
      unit.put(
          id,
          switch (kind.pick()) {
            case SAME_WITH_EXPIRY -> new Value(numberOf(now), true);
            case SAME_WITHOUT_EXPIRY -> new Value(numberOf(now), false);
            default -> new Value(nextNumber, random.nextInt(8) == 0);
          });
    }
    if (unit.isEmpty() && kind.pick() != Kind.Pick.NONE) {
      return choose(Kind.UPSERT, collection);
    }
    return new Operation(kind, collection, unit);
  }

  private long numberOf(@org.jspecify.annotations.Nullable Value value) {
    return value == null ? nextNumber : value.number();
  }

  private List<String> pickIds(Kind.Pick pick, Map<String, Value> live) {
    List<String> picked = new ArrayList<>();
    if (pick == Kind.Pick.NONE) {
      return picked;
    }
    int size = 1 + random.nextInt(MAX_UNIT);
    for (int i = 0; i < size; i++) {
      String id = id(writer, random.nextInt(IDS));
      boolean wanted = pick == Kind.Pick.ANY || live.containsKey(id) == (pick != Kind.Pick.ABSENT);
      if (wanted && !picked.contains(id)) {
        picked.add(id);
      }
    }
    return picked;
  }

  private static String id(int writer, int number) {
    return "w" + writer + "-" + number;
  }

  /** The writer that an id belongs to. */
  static int writerOf(String id) {
    return Integer.parseInt(id.substring(1, id.indexOf('-')));
  }

  /** All ids that can ever be written. */
  static List<String> allIds() {
    List<String> ids = new ArrayList<>();
    for (int writer = 0; writer < MAX_WRITERS; writer++) {
      for (int number = 0; number < IDS; number++) {
        ids.add(id(writer, number));
      }
    }
    return ids;
  }
}

package io.proximadb.index;

import io.proximadb.model.IndexDefinition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many of the searches may use an index while they move from one to another: table properties
 * {@code proximadb.axis.traffic.<index>}, in per cent. An index without one may be used by all.
 * Which searches these are follows from the query, so that equal ones are answered alike.
 */
public final class IndexTraffic {
  /** What the properties begin with. */
  public static final String PREFIX = "proximadb.axis.traffic.";

  /** All searches, in per cent. */
  public static final int ALL = 100;

  private IndexTraffic() {}

  /** Per cent by the name of the index; a value that makes no sense counts as not there. */
  public static Map<String, Integer> of(Map<String, String> properties) {
    Map<String, Integer> traffic = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            try {
              int percent = Integer.parseInt(value.strip());
              if (percent >= 0 && percent <= ALL) {
                traffic.put(key.substring(PREFIX.length()), percent);
              }
            } catch (NumberFormatException e) {
              traffic.remove(key.substring(PREFIX.length()));
            }
          }
        });
    return Collections.unmodifiableMap(traffic);
  }

  /**
   * The indexes of a field that a search may use. Those come first that have a share: what moves is
   * tried before what stays.
   *
   * @param hash of the query
   */
  public static List<IndexDefinition> usable(
      List<IndexDefinition> indexes, Map<String, Integer> traffic, String field, int hash) {
    List<IndexDefinition> usable = new ArrayList<>();
    int shared = 0;
    for (IndexDefinition index : indexes) {
      if (!index.field().equals(field)) {
        continue;
      }
      Integer percent = traffic.get(index.name());
      if (percent == null) {
        usable.add(index);
      } else if (Math.floorMod(mixed(hash), ALL) < percent) {
        usable.add(shared++, index);
      }
    }
    return usable;
  }

  /** From the murmur3 hash (Appleby, public domain): sums of floats have too regular low bits. */
  private static int mixed(int hash) {
    int mixed = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
    mixed = (mixed ^ (mixed >>> 13)) * 0xC2B2AE35;
    return mixed ^ (mixed >>> 16);
  }
}

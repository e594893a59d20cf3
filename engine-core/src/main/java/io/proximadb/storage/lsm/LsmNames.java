package io.proximadb.storage.lsm;

import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;

/** Names of data files, {@code <uuid>-L<level>.avro}: they tell the layout and the level. */
final class LsmNames {
  /** No file has a greater level: with a fanout of 10 that is more bytes than there are. */
  static final int MAX_LEVEL = 15;

  /** The level of a file that is not of this layout. */
  static final int FOREIGN = -1;

  private static final Pattern NAME =
      Pattern.compile(
          "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-L([0-9]{1,2})\\.avro");

  private LsmNames() {}

  static String of(UUID uuid, int level) {
    return uuid + "-L" + level + ".avro";
  }

  /** The level of a data file, or {@link #FOREIGN}. */
  static int level(DataFile file) {
    if (file.format() != FileFormat.AVRO) {
      return FOREIGN;
    }
    Matcher name = NAME.matcher(nameOf(file.location()));
    return name.matches() ? Math.min(MAX_LEVEL, Integer.parseInt(name.group(1))) : FOREIGN;
  }

  static String nameOf(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }
}

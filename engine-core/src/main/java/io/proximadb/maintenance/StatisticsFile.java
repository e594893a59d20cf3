package io.proximadb.maintenance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.UnavailableException;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a snapshot's statistics, {@code _proximadb/statistics/<snapshot id>.json}: a line of
 * JSON and a line with its CRC-32 in hex. {@code docs/format/statistics.md} specifies it. A file
 * that is missing, damaged or of a newer version costs a measuring, nothing else.
 */
final class StatisticsFile {
  private static final Logger LOG = LoggerFactory.getLogger(StatisticsFile.class);
  private static final int VERSION = 1;
  private static final String SUFFIX = ".json";

  /** A dozen numbers take 300 bytes; whatever is larger is no file of ours. */
  private static final int MAX_BYTES = 4_096;

  private static final ObjectMapper JSON = new ObjectMapper();

  private StatisticsFile() {}

  /** Where a table's files of statistics stand, with a slash at the end. */
  static String folder(TableContext table) {
    return SideFiles.ownFolder(table) + "statistics/";
  }

  /** The file of a snapshot. */
  static String location(TableContext table, long snapshotId) {
    return folder(table) + snapshotId + SUFFIX;
  }

  /** The snapshot of a file by its name, or null if it is no such name. */
  static @Nullable Long snapshotOf(String location) {
    String name = NameSet.nameOf(location);
    try {
      return name.endsWith(SUFFIX)
          ? Long.valueOf(name.substring(0, name.length() - SUFFIX.length()))
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /**
   * Writes the statistics of a snapshot, in the place of older ones of the same.
   *
   * @throws UnavailableException if they cannot be written
   */
  static void write(TableContext table, MeasuredTable measured) {
    String location = location(table, measured.snapshotId());
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("snapshot-id", measured.snapshotId());
    json.put("rows", measured.rows());
    json.put("deleted-rows", measured.deletedRows());
    json.put("expired-rows", measured.expiredRows());
    json.put("data-files", measured.dataFiles());
    json.put("data-bytes", measured.dataBytes());
    json.put("delete-bytes", measured.deleteBytes());
    json.put("index-bytes", measured.indexBytes());
    json.put("metadata-bytes", measured.metadataBytes());
    json.put("measured-us", measured.measuredMicros());
    json.put("next-expiry-us", measured.nextExpiryMicros());
    String text = json.toString();
    try (OutputStream out = table.io().newOutputFile(location).createOrOverwrite()) {
      out.write((text + "\n" + checksum(text) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("Cannot write statistics " + location, e);
    }
  }

  private static String checksum(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /** The statistics of a snapshot, or null if there is no file of them that can be used. */
  static @Nullable MeasuredTable read(TableContext table, long snapshotId) {
    String location = location(table, snapshotId);
    byte[] bytes;
    try (InputStream in = table.io().newInputFile(location).newStream()) {
      bytes = in.readNBytes(MAX_BYTES);
    } catch (NotFoundException e) {
      return null;
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("Measuring anew, for statistics {} cannot be read: {}", location, e.getMessage());
      return null;
    }
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
    if (lines.length != 3 || !checksum(lines[0]).equals(lines[1])) {
      LOG.warn("Measuring anew, for statistics {} are damaged", location);
      return null;
    }
    try {
      JsonNode json = JSON.readTree(lines[0]);
      return json.path("version").asInt() == VERSION && number(json, "snapshot-id") == snapshotId
          ? measured(json)
          : null;
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("Measuring anew, for statistics {} do not parse: {}", location, e.getMessage());
      return null;
    }
  }

  private static MeasuredTable measured(JsonNode json) {
    return new MeasuredTable(
        number(json, "snapshot-id"),
        number(json, "rows"),
        number(json, "deleted-rows"),
        number(json, "expired-rows"),
        number(json, "data-files"),
        number(json, "data-bytes"),
        number(json, "delete-bytes"),
        number(json, "index-bytes"),
        number(json, "metadata-bytes"),
        number(json, "measured-us"),
        number(json, "next-expiry-us"));
  }

  private static long number(JsonNode json, String key) {
    return json.required(key).asLong();
  }
}

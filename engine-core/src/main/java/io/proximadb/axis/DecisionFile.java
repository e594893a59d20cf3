package io.proximadb.axis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decisions file of a table, {@code _proximadb/axis/decisions-<version>-<epoch>.json}, or with
 * a further number if there is such a file, specified in {@code docs/format/axis.md}. A file never
 * changes; table property {@value #PROPERTY} names the one that holds, and is set in the same
 * commit as the indexes that were decided for.
 */
public final class DecisionFile {
  /** Names the file that holds. */
  public static final String PROPERTY = "proximadb.axis.decisions";

  /** A file is some tens of KiB; what is larger is none. */
  private static final int MAX_BYTES = 16 << 20;

  /** Files of steps whose commits failed; they go with later versions. */
  private static final int MAX_ATTEMPTS = 1_000;

  private static final Pattern NAME =
      Pattern.compile("decisions-(\\d{1,18})-\\d{1,18}(-\\d{1,4})?\\.json");

  private static final Logger LOG = LoggerFactory.getLogger(DecisionFile.class);

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private DecisionFile() {}

  private static String folder(TableContext table) {
    return table.location() + "/" + TableContext.OWN_FOLDER + "/axis/";
  }

  /**
   * What was decided about a table.
   *
   * @throws CorruptFileException if the file is damaged
   * @throws UnsupportedVersionException if a newer version wrote it
   * @throws UnavailableException if it cannot be read, or is not there any more: look at the
   *     table's properties again
   */
  public static Decisions read(TableContext table) {
    String name = table.properties().get(PROPERTY);
    if (name == null) {
      return Decisions.NONE;
    }
    String location = folder(table) + name;
    try (InputStream file = table.io().newInputFile(location).newStream()) {
      Decisions decisions = MAPPER.readValue(file.readNBytes(MAX_BYTES), Decisions.class);
      if (decisions.format() != Decisions.FORMAT) {
        throw new UnsupportedVersionException(
            "Cannot read "
                + location
                + ": it is of format "
                + decisions.format()
                + " (supported: "
                + Decisions.FORMAT
                + ")");
      }
      return decisions;
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          "Cannot read " + location + ": it is no decisions file (" + e.getOriginalMessage() + ")",
          e);
    } catch (IOException | UncheckedIOException | NotFoundException e) {
      throw new UnavailableException("Cannot read " + location + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes decisions; they hold once the property names the file.
   *
   * @param epoch of the owner who writes: one that lost the table never overwrites another's
   * @return the value of the property
   * @throws UnavailableException if it cannot be written
   */
  public static String write(TableContext table, Decisions decisions, long epoch) {
    String first = "decisions-" + decisions.version() + "-" + epoch;
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      String name = first + (attempt == 1 ? "" : "-" + attempt) + ".json";
      String location = folder(table) + name;
      // Never over another one: it may hold, where its commit passed and was lost from sight.
      try (OutputStream file = table.io().newOutputFile(location).create()) {
        file.write(MAPPER.writeValueAsBytes(decisions));
        return name;
      } catch (AlreadyExistsException e) {
        LOG.debug("{} is of an earlier attempt", location);
      } catch (IOException | UncheckedIOException e) {
        throw new UnavailableException("Cannot write " + location + ": " + e.getMessage(), e);
      }
    }
    throw new UnavailableException(
        "Cannot write "
            + folder(table)
            + first
            + ".json: "
            + MAX_ATTEMPTS
            + " attempts left files");
  }

  /** The version of the file that holds, from its name; 0 without one. */
  public static long version(TableContext table) {
    String name = table.properties().get(PROPERTY);
    return name == null ? 0 : Math.max(0, version(name));
  }

  /** The version in a file's name; -1 if it is no such name. */
  private static long version(String name) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /**
   * Removes files of earlier versions, but for the last one: who looks now may be about to read it.
   * What cannot be removed stays until the next change.
   */
  public static void removeEarlier(TableContext table, long version) {
    if (!(table.io() instanceof SupportsPrefixOperations files)) {
      return;
    }
    List<String> earlier = new ArrayList<>();
    for (FileInfo file : files.listPrefix(folder(table))) {
      long of = version(file.location().substring(file.location().lastIndexOf('/') + 1));
      if (of >= 0 && of < version - 1) {
        earlier.add(file.location());
      }
    }
    earlier.forEach(table.io()::deleteFile);
  }
}

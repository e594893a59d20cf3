package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.error.UnavailableException;
import io.proximadb.storage.TableContext;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * The files that an erasure is about to let go, noted before it does, so that another one can
 * delete them after a crash. It names files and no record: for each a line with its kind, a tab and
 * its location, and a last line that says that all are there.
 */
final class EraseJournal {
  private static final String PURPOSE = "erase";
  private static final String SUFFIX = ".files";
  private static final String END = "END";

  /** A file and what it is. */
  record Entry(Kind kind, String location) {}

  private EraseJournal() {}

  /** Where journals stand, with a slash at the end. */
  static String folder(TableContext table) {
    return table.stagingLocation(PURPOSE, "");
  }

  /** Notes files, durably; returns where. */
  static String write(TableContext table, Iterable<Entry> entries) {
    String location = table.stagingLocation(PURPOSE, UUID.randomUUID() + SUFFIX);
    try (BufferedWriter out =
        new BufferedWriter(
            new OutputStreamWriter(
                table.io().newOutputFile(location).create(), StandardCharsets.UTF_8))) {
      for (Entry entry : entries) {
        out.write(entry.kind() + "\t" + entry.location() + "\n");
      }
      out.write(END + "\n");
    } catch (IOException e) {
      throw new UnavailableException("Cannot note what is to be erased in " + location, e);
    }
    return location;
  }

  /** Where journals are that were not worked off. */
  static List<String> pending(TableContext table) {
    List<String> found = new ArrayList<>();
    if (table.io() instanceof SupportsPrefixOperations files) {
      Listing.forEach(files, folder(table), file -> found.add(file.location()));
    }
    return found;
  }

  /** What a journal names; nothing if its writer died over it, who then let nothing go. */
  static List<Entry> read(TableContext table, String location) {
    List<Entry> entries = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                table.io().newInputFile(location).newStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals(END)) {
          return entries;
        }
        int tab = line.indexOf('\t');
        if (tab > 0) {
          entries.add(new Entry(kind(line.substring(0, tab)), line.substring(tab + 1)));
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read " + location, e);
    }
    return List.of();
  }

  private static Kind kind(String name) {
    for (Kind kind : Kind.values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return Kind.STRAY_FILE;
  }
}

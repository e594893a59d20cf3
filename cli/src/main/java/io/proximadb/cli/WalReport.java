package io.proximadb.cli;

import io.proximadb.wal.SequenceRange;
import io.proximadb.wal.WalInspection;
import io.proximadb.wal.WalInspection.Damage;
import io.proximadb.wal.WalInspection.Segment;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What is in a log, for people to read. */
final class WalReport {
  private WalReport() {}

  static void print(WalInspection log, PrintWriter out) {
    line(out, "log", log.folder());
    if (log.engineId() != null) {
      String times = log.incarnation() < 0 ? "" : ", incarnation " + log.incarnation();
      line(out, "engine", log.engineId() + times);
    }
    if (!log.runningBy().isEmpty()) {
      line(out, "running", "the engine has its home open (" + log.runningBy() + ")");
    }
    for (WalInspection.Directory directory : log.directories()) {
      line(
          out,
          "directory",
          directory.path()
              + " ("
              + directory.layout().name().toLowerCase(Locale.ROOT)
              + (directory.listed() ? "" : ", not listed")
              + (directory.missing() ? ", MISSING" : "")
              + ")");
    }
    for (Segment segment : log.segments()) {
      out.println();
      print(segment, out);
    }
    out.println();
    printNumbers(log, out);
    for (WalInspection.Table table : log.tables()) {
      StringJoiner operations = new StringJoiner(", ");
      new TreeMap<>(table.operations())
          .forEach((operation, count) -> operations.add(operation + " " + count));
      line(
          out,
          "table",
          table.uuid()
              + ": "
              + operations
              + "; last "
              + table.lastSequence()
              + (table.flushedSequence() > 0
                  ? "; flush mark up to " + table.flushedSequence()
                  : ""));
    }
    log.notes().forEach(note -> line(out, "note", note));
    out.println();
    if (log.refusal() != null) {
      line(out, "recovery", "REFUSES the log: " + log.refusal());
      line(out, "", "'./proximadb wal repair' says what can be done");
    } else if (log.actions().isEmpty()) {
      line(out, "recovery", "accepts the log and changes nothing");
    } else {
      line(out, "recovery", "accepts the log, and would");
      log.actions().forEach(action -> line(out, "", action));
    }
  }

  private static void printNumbers(WalInspection log, PrintWriter out) {
    line(
        out,
        "numbers",
        log.lastSequence() == 0
            ? "no records; the next is " + Math.max(1, log.firstSequence())
            : log.firstSequence() + " to " + log.lastSequence());
    line(out, "durable", "all up to " + log.durableSequence() + ", as the log itself says");
    if (log.released() > 0) {
      line(out, "released", "records up to " + log.released() + " may be gone");
    }
    printRanges(out, "gap", log.gaps());
    printRanges(out, "given up", log.givenUp());
  }

  private static void printRanges(PrintWriter out, String what, List<SequenceRange> ranges) {
    for (SequenceRange range : ranges) {
      line(
          out,
          what,
          range + " (" + range.count() + (range.count() == 1 ? " record)" : " records)"));
    }
  }

  private static void print(Segment segment, PrintWriter out) {
    segment.files().forEach(file -> line(out, "segment", file));
    if (segment.format() > 0) {
      line(
          out,
          "",
          String.format(
              Locale.ROOT,
              "format %d, incarnation %d, epoch %d, stripe %d of %d, %s, %,d bytes",
              segment.format(),
              segment.incarnation(),
              segment.epoch(),
              segment.stripe() + 1,
              segment.stripes(),
              segment.state().name().toLowerCase(Locale.ROOT),
              segment.size()));
      line(
          out,
          "",
          segment.lastSequence() == 0
              ? "no records; begins at " + segment.firstSequence()
              : "records "
                  + segment.firstSequence()
                  + " to "
                  + segment.lastSequence()
                  + ": "
                  + segment.records()
                  + " in "
                  + segment.frames()
                  + " frames; "
                  + codecs(segment));
    }
    for (Damage damage : segment.damage()) {
      line(
          out,
          segment.tornTail() ? "torn tail" : "DAMAGE",
          String.format(
              Locale.ROOT,
              "%s, offset %d, %d bytes: %s (expected %s, found %s)",
              damage.file().getFileName(),
              damage.offset(),
              damage.bytes(),
              damage.what(),
              damage.expected(),
              damage.found()));
    }
  }

  private static String codecs(Segment segment) {
    StringJoiner codecs = new StringJoiner(", ");
    segment
        .codecs()
        .forEach(
            (codec, used) ->
                codecs.add(
                    String.format(
                        Locale.ROOT,
                        "%s %d frames (%.2f : 1)",
                        codec.name().toLowerCase(Locale.ROOT),
                        used.frames(),
                        used.ratio())));
    return codecs.toString();
  }

  private static void line(PrintWriter out, String what, Object text) {
    out.printf(Locale.ROOT, "%-10s %s%n", what, text);
  }
}

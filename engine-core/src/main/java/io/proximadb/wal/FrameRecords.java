package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.AvroTypeException;

/** Decodes the records of frames. Not safe for use by several threads. */
final class FrameRecords {
  private final int version;
  private final RecordDecoder decoder;

  FrameRecords(LogHeader header) {
    this.version = header.version();
    this.decoder = RecordDecoder.of(header);
  }

  /**
   * The records of a frame whose payload is loaded.
   *
   * @param footer notes what needs keeping
   * @throws CorruptFileException if they make no sense
   * @throws UnsupportedVersionException if they are of a kind that only newer releases know
   */
  List<WalRecord> decode(LogFrame frame, byte[] payload, int offset, Path file, LogFooter footer)
      throws IOException {
    List<WalRecord> records = new ArrayList<>(frame.lost() ? 0 : frame.records());
    if (frame.lost()) {
      return records;
    }
    decoder.start(payload, offset, frame.plainLength());
    for (int i = 0; i < frame.records(); i++) {
      WalRecord record = next(frame, i, file);
      if (record.operation() != WalRecord.Operation.FLUSH) {
        footer.wrote(record.tableUuid(), record.sequence());
      }
      records.add(record);
    }
    if (!decoder.atEnd()) {
      throw LogHeader.corrupt(
          file, frame.offset(), "payload is longer than its records", frame.records(), "more");
    }
    return records;
  }

  private WalRecord next(LogFrame frame, int position, Path file) throws IOException {
    try {
      return decoder.next(frame.firstSequence() + position);
    } catch (AvroTypeException e) {
      throw new UnsupportedVersionException(
          "Unsupported log segment: its records cannot be read as those of v"
              + version
              + " (file="
              + file
              + ", offset="
              + frame.offset()
              + ")",
          e);
    } catch (EOFException | AvroRuntimeException e) {
      throw new CorruptFileException(
          "Cannot read log segment: a record makes no sense (file="
              + file
              + ", offset="
              + frame.offset()
              + ", sequence="
              + (frame.firstSequence() + position)
              + ")",
          e);
    }
  }
}

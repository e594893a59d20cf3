package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Row;
import io.proximadb.testkit.WalHistory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalRoundTripTest {
  @TempDir Path folder;

  private static WalRecord withEverything() {
    return new WalRecord(
        0,
        WalFixture.TABLE,
        Long.MAX_VALUE,
        WalRecord.Operation.UPDATE,
        "\u00fcber",
        Long.MIN_VALUE,
        -1,
        1_700_000_000_000_000L,
        Map.of(5, new float[] {1, -0f, Float.MIN_VALUE, Float.MAX_VALUE}, 70_000, new float[0]),
        WalFixture.everyKindOfValue(),
        0);
  }

  @Test
  void everyKindOfValueComesBackAsItWas() {
    List<WalRecord> unit =
        List.of(
            withEverything(),
            WalFixture.delete(WalFixture.OTHER_TABLE, "x"),
            WalRecord.ofId(
                WalFixture.TABLE,
                2,
                WalRecord.Operation.SET_TTL,
                "t",
                9,
                10,
                1_800_000_000_000_000L),
            WalRecord.ofId(
                WalFixture.TABLE, 2, WalRecord.Operation.REMOVE_TTL, "t", 9, 10, Row.NO_EXPIRY),
            WalRecord.flushMark(WalFixture.TABLE, 2, 77, 11, 12),
            WalFixture.upsert(WalFixture.TABLE, "y", new float[3_000]));
    try (WalFixture.Opened first = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(first.records()).isEmpty();
      assertThat(first.wal().append(unit)).isEqualTo(1);
      assertThat(first.wal().append(List.of(WalFixture.delete(WalFixture.TABLE, "z"))))
          .isEqualTo(7);
      first.wal().awaitDurable(7);
    }
    try (WalFixture.Opened second = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(second.records()).hasSize(7);
      for (int i = 0; i < unit.size(); i++) {
        assertThat(WalHistory.describe(second.records().get(i)))
            .isEqualTo(WalHistory.describe(unit.get(i).withSequence(i + 1)));
      }
      WalRecord deletion = second.records().get(6);
      assertThat(deletion.operation()).isEqualTo(WalRecord.Operation.SOFT_DELETE);
      assertThat(deletion.expiresAtMicros()).isEqualTo(Row.NO_EXPIRY);
      assertThat(deletion.vectors()).isEmpty();
      assertThat(second.wal().nextSequence()).isEqualTo(8);
    }
  }

  @Test
  void payloadIsAvroThatAvroItselfReads() throws Exception {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      log.wal().append(List.of(withEverything(), WalFixture.delete(WalFixture.TABLE, "gone")));
    }
    try (LogReader reader = LogReader.open(WalFixture.LOCAL, WalFixture.segments(folder).get(0))) {
      LogFrame frame = reader.next();
      reader.loadPayload(frame);
      BinaryDecoder in =
          DecoderFactory.get()
              .binaryDecoder(reader.payload(), reader.payloadOffset(), frame.length(), null);
      GenericDatumReader<GenericRecord> avro = new GenericDatumReader<>(reader.header().schema());
      GenericRecord first = avro.read(null, in);
      ByteBuffer table = ByteBuffer.wrap(((GenericFixed) first.get("table")).bytes());
      assertThat(table.getLong()).isEqualTo(WalFixture.TABLE.getMostSignificantBits());
      assertThat(first.get("id")).hasToString("\u00fcber");
      assertThat((List<?>) first.get("metadata")).hasSize(WalFixture.everyKindOfValue().size());
      assertThat(avro.read(null, in).get("operation")).hasToString("SOFT_DELETE");
      assertThat(in.isEnd()).isTrue();
    }
  }

  @Test
  void decodersAgree() throws Exception {
    LogUnit unit =
        LogUnit.encode(
            List.of(withEverything(), WalFixture.delete(WalFixture.TABLE, "d")),
            WalOptions.MAX_UNIT_BYTES);
    List<String> texts = new ArrayList<>();
    for (RecordDecoder decoder :
        List.of(
            new StraightRecordDecoder(),
            new ResolvingRecordDecoder(LogFormat.VERSION, WalSchemas.RECORD))) {
      decoder.start(unit.bytes(), 0, unit.length());
      texts.add(WalHistory.describe(decoder.next(1)) + WalHistory.describe(decoder.next(2)));
      assertThat(decoder.atEnd()).isTrue();
    }
    assertThat(texts.get(0)).isEqualTo(texts.get(1)).contains("deep");
  }

  @Test
  void valuesOfUnknownClassesAreRefusedBeforeAnythingIsQueued() {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      WalRecord odd =
          new WalRecord(
              0,
              WalFixture.TABLE,
              1,
              WalRecord.Operation.UPDATE,
              "a",
              1,
              1,
              Row.NO_EXPIRY,
              Map.of(),
              Map.of(1, new StringBuilder("no")),
              0);
      assertThatThrownBy(() -> log.wal().append(List.of(odd)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("java.lang.StringBuilder");
      assertThatThrownBy(() -> log.wal().append(List.of()))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("no records");
      assertThat(log.wal().nextSequence()).isEqualTo(1);
    }
  }

  @Test
  void valuesNestedTooDeepAreRefused() {
    Object nested = "core";
    for (int i = 0; i < WalSchemas.MAX_VALUE_DEPTH; i++) {
      nested = List.of(nested);
    }
    Object tooDeep = List.of(nested);
    LogUnit.encode(List.of(holding(nested)), WalOptions.MAX_UNIT_BYTES);
    assertThatThrownBy(() -> LogUnit.encode(List.of(holding(tooDeep)), WalOptions.MAX_UNIT_BYTES))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("nested too deep");
  }

  private static WalRecord holding(Object value) {
    return new WalRecord(
        0,
        WalFixture.TABLE,
        1,
        WalRecord.Operation.UPDATE,
        "a",
        1,
        1,
        Row.NO_EXPIRY,
        Map.of(),
        Map.of(1, value),
        0);
  }
}

package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalOptionsTest {
  private static final String PREFIX = "proximadb.wal.";

  @Test
  void everyPropertyIsRead() {
    WalOptions options =
        WalOptions.of(
            Map.of(
                PREFIX + "segment-bytes", " 1000000 ",
                PREFIX + "preallocate-bytes", "0",
                PREFIX + "sync", "interval",
                PREFIX + "sync-interval-ms", "250",
                PREFIX + "compression", "Zstd",
                PREFIX + "directories", "/disk1/wal, /disk2/x/../wal",
                PREFIX + "layout", "MIRROR",
                PREFIX + "mirror.location", "s3://bucket/log",
                PREFIX + "mirror.mode", "periodic",
                PREFIX + "mirror.period-ms", "86400000"));
    assertThat(options.segmentBytes()).isEqualTo(1_000_000);
    assertThat(options.preallocateBytes()).isZero();
    assertThat(options.sync()).isEqualTo(SyncPolicy.INTERVAL);
    assertThat(options.syncInterval()).isEqualTo(Duration.ofMillis(250));
    assertThat(options.compression()).isEqualTo(Compression.ZSTD);
    assertThat(options.directories())
        .containsExactly(
            Path.of("/disk1/wal").toAbsolutePath(), Path.of("/disk2/wal").toAbsolutePath());
    assertThat(options.layout()).isEqualTo(DirectoryLayout.MIRROR);
    assertThat(options.mirrorLocation()).contains("s3://bucket/log");
    assertThat(options.mirrorMode()).isEqualTo(MirrorMode.PERIODIC);
    assertThat(options.mirrorPeriod()).isEqualTo(Duration.ofDays(1));
  }

  @Test
  void whatIsNotSetIsTheDefault() {
    WalOptions options = WalOptions.of(Map.of("proximadb.other", "1"));
    assertThat(options.segmentBytes()).isEqualTo(WalOptions.SEGMENT_BYTES);
    assertThat(options.maxUnitBytes()).isEqualTo(WalOptions.MAX_UNIT_BYTES);
    assertThat(options.maxQueuedBytes()).isEqualTo(WalOptions.MAX_QUEUED_BYTES);
    assertThat(options.preallocateBytes()).isEqualTo(WalOptions.PREALLOCATE_BYTES);
    assertThat(options.sync()).isEqualTo(SyncPolicy.ALWAYS);
    assertThat(options.syncInterval()).isEqualTo(WalOptions.SYNC_INTERVAL);
    assertThat(options.compression()).isEqualTo(Compression.NONE);
    assertThat(options.directories()).isEmpty();
    assertThat(options.layout()).isEqualTo(DirectoryLayout.STRIPE);
    assertThat(options.mirrorLocation()).isEmpty();
    assertThat(options.mirrorMode()).isEqualTo(MirrorMode.SYNC);
    assertThat(options.mirrorPeriod()).isEqualTo(WalOptions.MIRROR_PERIOD);
  }

  @ParameterizedTest
  @CsvSource({
    "segment-bytes, 0, 1 to",
    "segment-bytes, -1, 1 to",
    "segment-bytes, 64M, a whole number",
    "segment-bytes, 9223372036854775808, a whole number",
    "segment-bytes, '', a whole number",
    "preallocate-bytes, -1, 0 to",
    "preallocate-bytes, -4294967295, 0 to",
    "preallocate-bytes, 4294967297, 0 to",
    "preallocate-bytes, some, a whole number",
    "sync, sometimes, '[always, interval, os]'",
    "sync, '', '[always, interval, os]'",
    "sync-interval-ms, 0, 1 to 86400000",
    "sync-interval-ms, 86400001, 1 to 86400000",
    "sync-interval-ms, 9223372036854775807, 1 to 86400000",
    "sync-interval-ms, 1.5, a whole number",
    "compression, gzip, '[none, lz4, snappy, zstd, adaptive]'",
    "directories, '', none of them empty",
    "directories, '/a,,/b', none of them empty",
    "directories, '/a,/b/../a', each once",
    "directories, '/a,/a/', each once",
    "layout, raid, '[stripe, mirror]'",
    "mirror.mode, never, '[sync, async, periodic]'",
    "mirror.period-ms, 0, 1 to 86400000",
    "mirror.period-ms, -5, 1 to 86400000",
    "mirror.period-ms, soon, a whole number",
  })
  void aWrongValueIsRefusedByNameWithWhatWasExpected(String name, String value, String expected) {
    assertThatThrownBy(() -> WalOptions.of(Map.of(PREFIX + name, value)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(PREFIX + name)
        .hasMessageContaining(value)
        .hasMessageContaining(expected);
  }

  @Test
  void aPathThatIsNoneIsRefused() {
    assertThatThrownBy(() -> WalOptions.of(Map.of(PREFIX + "directories", "/a,/b\0c")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(PREFIX + "directories");
  }

  @Test
  void theBuilderChecksToo() {
    WalOptions.Builder builder = WalOptions.builder();
    Path same = Path.of("a");
    assertThatThrownBy(() -> builder.directories(List.of(same, Path.of("b/../a"))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("expected each once");
    assertThatThrownBy(() -> builder.directories(List.of(Path.of(""))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("none of them empty");
    assertThatThrownBy(() -> builder.directories(java.util.Collections.nCopies(65, same)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 to 64");
    assertThatThrownBy(() -> builder.maxUnitBytes(0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("maxUnitBytes");
    assertThatThrownBy(() -> builder.maxQueuedBytes(0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("maxQueuedBytes");
  }
}

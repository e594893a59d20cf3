package io.proximadb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:00Z, 0",
    "1969-12-31T23:59:59.999999Z, -1",
    "1969-12-31T23:59:59.999999999Z, -1",
    "1970-01-01T00:00:00.000001999Z, 1",
    "0001-01-01T00:00:00Z, -62135596800000000",
    "9999-12-31T23:59:59.999999Z, 253402300799999999"
  })
  void roundsDown(Instant instant, long micros) {
    assertThat(Timestamps.toMicros(instant)).isEqualTo(micros);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 1, -62135596800000000L, 253402300799999999L, Long.MAX_VALUE})
  void goesThereAndBack(long micros) {
    assertThat(Timestamps.toMicros(Timestamps.ofMicros(micros))).isEqualTo(micros);
  }

  @Test
  void outOfRangeIsAnError() {
    assertThatThrownBy(() -> Timestamps.toMicros(Instant.MAX))
        .isInstanceOf(ArithmeticException.class);
  }
}

package io.proximadb.bench.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerMessagesTest {
  @Test
  void markedLinesCount() {
    List<String> phases = new ArrayList<>();
    WorkerMessages messages = new WorkerMessages(phases::add);
    messages.accept("WARNING: something");
    messages.accept("@\tphase\treading");
    messages.accept("@\ttimes\tdrain.parquet\t0.5,0.25");
    messages.accept("@\tvalue\tjoin.recall\t0.97");
    assertThat(phases).containsExactly("reading");
    assertThat(messages.times("drain.parquet")).containsExactly(0.5, 0.25);
    assertThat(messages.value("join.recall")).isEqualTo(0.97);
    assertThatThrownBy(() -> messages.times("drain.proximadb"))
        .hasMessage("The worker did not time 'drain.proximadb'");
    assertThatThrownBy(() -> messages.accept("@\twhat")).isInstanceOf(IllegalStateException.class);
  }
}

package io.proximadb.spark.procedures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.spark.SparkSessions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that write files and fail as a whole. */
class JobsTest {
  private static final int SECONDS = 60;
  private static final CountDownLatch ENDED = new CountDownLatch(2);

  @TempDir Path folder;

  @Test
  void whatWasDoneIsUndoneIfAnotherPieceFails() throws Exception {
    SparkSession spark = SparkSessions.open(folder);
    SparkSession.setActiveSession(spark);
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.reason() instanceof Success$) {
              ENDED.countDown();
            }
          }
        };
    spark.sparkContext().addSparkListener(listener);
    try {
      String name = folder.toString();
      List<String> pieces = List.of("a", "b", "fails");
      assertThatThrownBy(
              () ->
                  Jobs.run(
                      "a test",
                      pieces,
                      piece -> {
                        if (piece.equals("fails")) {
                          ENDED.await(SECONDS, TimeUnit.SECONDS);
                          throw new IllegalStateException("no disk left");
                        }
                        return Files.createFile(Path.of(name, piece)).toString();
                      },
                      file -> assertThat(Path.of(file).toFile().delete()).isTrue()))
          .hasMessageContaining("no disk left");
    } finally {
      spark.sparkContext().removeSparkListener(listener);
    }
    assertThat(ENDED.getCount()).isZero();
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void resultsComeInTheOrderOfThePieces() {
    SparkSession.setActiveSession(SparkSessions.open(folder));
    assertThat(Jobs.run("a test", List.of(5, 3, 4), piece -> piece * 2, result -> {}))
        .containsExactly(10, 6, 8);
  }
}

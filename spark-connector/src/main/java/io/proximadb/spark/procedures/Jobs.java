package io.proximadb.spark.procedures;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import scala.Function1;
import scala.Function2;
import scala.collection.Iterator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** Spark jobs that write files: a task for each piece of work. */
final class Jobs {
  /** What the UI shows of a job. */
  private static final String DESCRIPTION = "spark.job.description";

  private Jobs() {}

  /**
   * Does pieces of work on the executors.
   *
   * @param discard undoes a piece that was done, in a job that fails as a whole: on the driver, or
   *     in the task if the job had ended before it
   * @return what each gave, in their order
   */
  static <T extends Serializable, R> List<R> run(
      String description, List<T> pieces, Function<T, R> work, Undo<R> discard) {
    if (pieces.isEmpty()) {
      return List.of();
    }
    JavaSparkContext spark =
        JavaSparkContext.fromSparkContext(SparkSession.active().sparkContext());
    String before = spark.getLocalProperty(DESCRIPTION);
    spark.setLocalProperty(DESCRIPTION, "proximadb: " + description);
    AtomicReferenceArray<R> results = new AtomicReferenceArray<>(pieces.size());
    boolean done = false;
    try {
      collect(
          spark.parallelize(pieces, pieces.size()).map(piece -> doneOrUndone(work, piece, discard)),
          results);
      done = true;
    } finally {
      spark.setLocalProperty(DESCRIPTION, before);
      if (!done) {
        IntStream.range(0, results.length())
            .mapToObj(results::get)
            .filter(Objects::nonNull)
            .forEach(discard);
      }
    }
    List<R> all = new ArrayList<>();
    for (int i = 0; i < results.length(); i++) {
      all.add(results.get(i));
    }
    return all;
  }

  /** Undoes a piece of work; goes to the tasks. */
  interface Undo<R> extends Consumer<R>, Serializable {}

  private static <T, R> R doneOrUndone(Function<T, R> work, T piece, Undo<R> discard)
      throws Exception {
    R result = work.call(piece);
    TaskContext task = TaskContext.get();
    if (task.isInterrupted()) {
      // Nobody waits for the result any more.
      discard.accept(result);
      task.killTaskIfInterrupted();
    }
    return result;
  }

  /** Takes each result as its task ends, so that those of a job that fails are known. */
  private static <R> void collect(JavaRDD<R> work, AtomicReferenceArray<R> results) {
    RDD<R> rdd = work.rdd();
    Function1<Iterator<R>, R> only = (Function1<Iterator<R>, R> & Serializable) Iterator::next;
    Function2<Object, R, BoxedUnit> keep =
        (index, result) -> {
          results.set((Integer) index, result);
          return BoxedUnit.UNIT;
        };
    @SuppressWarnings("unchecked") // of any class: results are taken as they come
    ClassTag<R> tag = (ClassTag<R>) ClassTag$.MODULE$.AnyRef();
    rdd.sparkContext().runJob(rdd, only, keep, tag);
  }
}

package io.proximadb.spark.functions;

import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Scala's immutable sequences from Java. */
public final class ScalaSeqs {
  private ScalaSeqs() {}

  /** The same items as an immutable sequence. */
  public static <T> Seq<T> of(List<T> items) {
    return CollectionConverters.asScala(items).toSeq();
  }
}

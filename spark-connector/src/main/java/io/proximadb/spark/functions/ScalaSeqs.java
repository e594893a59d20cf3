package io.proximadb.spark.functions;

import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Scala's immutable sequences from Java. */
final class ScalaSeqs {
  private ScalaSeqs() {}

  static <T> Seq<T> of(List<T> items) {
    return CollectionConverters.asScala(items).toSeq();
  }
}

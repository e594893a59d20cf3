package io.proximadb.flink;

import io.proximadb.flink.functions.FlinkVectorFunction;
import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.module.Module;

/**
 * The vector functions in Flink SQL, named as in Spark: {@code LOAD MODULE proximadb}, or {@code
 * tEnv.loadModule("proximadb", new ProximaModule())}.
 *
 * <p>Vectors may be arrays of any numeric type, degrees of norms any number. Flink SQL has no
 * literal for infinity: a degree beyond the range of a {@code FLOAT} is taken for it, {@code 1e39}
 * for instance.
 */
public final class ProximaModule implements Module {
  /** The module's name in SQL. */
  public static final String IDENTIFIER = "proximadb";

  @Override
  public Set<String> listFunctions() {
    return VectorFunctions.all().stream()
        .map(VectorFunction::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Optional<FunctionDefinition> getFunctionDefinition(String name) {
    return VectorFunctions.find(name).map(FlinkVectorFunction::of);
  }
}

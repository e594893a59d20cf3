package io.proximadb.flink.table;

import io.proximadb.flink.ProximaModule;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.factories.ModuleFactory;
import org.apache.flink.table.module.Module;

/** Makes the module of {@code LOAD MODULE proximadb}. */
public final class ProximaModuleFactory implements ModuleFactory {
  @Override
  public String factoryIdentifier() {
    return ProximaModule.IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public Module createModule(Context context) {
    return new ProximaModule();
  }
}

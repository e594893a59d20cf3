package io.proximadb.flink.table;

import static io.proximadb.flink.table.ProximaConnectorOptions.CATALOG_PREFIX;
import static io.proximadb.flink.table.ProximaConnectorOptions.WAREHOUSE;

import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.factories.FactoryUtil;

/** Makes catalogs of type {@value #IDENTIFIER}. */
public final class ProximaFlinkCatalogFactory implements CatalogFactory {
  public static final String IDENTIFIER = "proximadb";

  private static final ConfigOption<String> DEFAULT_DATABASE =
      ConfigOptions.key("default-database")
          .stringType()
          .defaultValue(CollectionName.DEFAULT_NAMESPACE)
          .withDescription("The namespace of names without one.");

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(WAREHOUSE, DEFAULT_DATABASE);
  }

  @Override
  public Catalog createCatalog(Context context) {
    FactoryUtil.CatalogFactoryHelper helper = FactoryUtil.createCatalogFactoryHelper(this, context);
    helper.validateExcept(CATALOG_PREFIX);
    Map<String, String> properties = new LinkedHashMap<>();
    helper
        .getOptions()
        .getOptional(WAREHOUSE)
        .ifPresent(folder -> properties.put(Warehouse.WAREHOUSE, folder));
    context
        .getOptions()
        .forEach(
            (key, value) -> {
              if (key.startsWith(CATALOG_PREFIX)) {
                properties.put(key.substring(CATALOG_PREFIX.length()), value);
              }
            });
    return new ProximaFlinkCatalog(
        context.getName(), helper.getOptions().get(DEFAULT_DATABASE), properties);
  }
}

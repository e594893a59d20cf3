package io.proximadb.spark.procedures;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.SchemaCommit;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.TableAttachment;
import io.proximadb.model.VectorField;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.types.DataTypes;

/** What SQL has no statement for: tables of other engines, and further vector fields. */
final class TableProcedures {
  private TableProcedures() {}

  static List<Function<CatalogProcedure.Context, CatalogProcedure>> all() {
    return List.of(attach(), detach(), addVector());
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> attach() {
    return CatalogProcedure.named("attach", "makes an Iceberg table readable as a collection")
        .required("table", DataTypes.StringType)
        .required("source", DataTypes.StringType)
        .required("id_column", DataTypes.StringType)
        .required("vector_column", DataTypes.StringType)
        .optional("metric", DataTypes.StringType, "'COSINE'")
        .optional(
            "dimension", DataTypes.IntegerType, Integer.toString(TableAttachment.FIND_DIMENSION))
        .column("collection", DataTypes.StringType)
        .column("dimension", DataTypes.IntegerType)
        .does(
            (context, values) -> {
              CollectionTable table =
                  context
                      .warehouse()
                      .attach(
                          context.name(values.text("table")),
                          TableAttachment.of(values.text("source"), values.text("id_column"))
                              .vector(
                                  values.text("vector_column"),
                                  values.number("dimension"),
                                  Metric.parse(values.text("metric"))));
              return List.<Object[]>of(
                  new Object[] {
                    table.name().toString(), table.schema().defaultVectorField().dimension()
                  });
            });
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> detach() {
    return CatalogProcedure.named("detach", "forgets an attached table, which stays as it is")
        .required("table", DataTypes.StringType)
        .column("detached", DataTypes.BooleanType)
        .does(
            (context, values) ->
                List.<Object[]>of(
                    new Object[] {context.warehouse().detach(context.name(values.text("table")))}));
  }

  private static Function<CatalogProcedure.Context, CatalogProcedure> addVector() {
    return CatalogProcedure.named("add_vector", "adds a vector field that records may be without")
        .required("table", DataTypes.StringType)
        .required("column", DataTypes.StringType)
        .required("dimension", DataTypes.IntegerType)
        .optional("metric", DataTypes.StringType, "'COSINE'")
        .column("vector_fields", DataTypes.createArrayType(DataTypes.StringType))
        .does(
            (context, values) -> {
              CollectionTable table = context.table(values.text("table"));
              table.checkWritable("alter");
              VectorField field =
                  new VectorField(
                      values.text("column"),
                      values.number("dimension"),
                      Metric.parse(values.text("metric")));
              SchemaCommit.makeBesideOwner(table, List.of(SchemaChange.addVector(field)), Map.of());
              return List.<Object[]>of(
                  new Object[] {
                    table.schema().allVectorFields().stream().map(VectorField::name).toList()
                  });
            });
  }
}

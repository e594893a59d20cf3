package io.proximadb.core;

import io.proximadb.model.RecordValidator;
import io.proximadb.query.RowColumns;
import io.proximadb.storage.TableContext;

/**
 * What goes by the schema of a state: made for the schema of one state, used for all states of that
 * schema.
 *
 * @param context the table as the state has it
 * @param columns its columns
 * @param validator checks records against it
 * @param codec between rows and log records
 */
record SchemaTools(
    TableContext context, RowColumns columns, RecordValidator validator, LogCodec codec) {
  static SchemaTools of(TableContext context) {
    return new SchemaTools(
        context,
        new RowColumns(context.schema()),
        new RecordValidator(context.schema()),
        new LogCodec(context));
  }

  /** These tools if they fit a state of that table, or new ones. */
  @SuppressWarnings("ReferenceEquality") // a shortcut
  SchemaTools following(TableContext next) {
    if (next == context) {
      return this;
    }
    return next.hasSchemaOf(context) ? new SchemaTools(next, columns, validator, codec) : of(next);
  }

  /** True if rows made with the other tools are rows of this schema. */
  boolean fits(SchemaTools other) {
    return context.hasSchemaOf(other.context);
  }
}

package io.proximadb.api;

import java.util.OptionalDouble;

/**
 * A column that filters of searches ask for, as measured in the last one to two minutes.
 *
 * @param column or path into a struct
 * @param searches whose filters name it
 * @param passing the mean share of the live rows that these whole filters let pass, in [0, 1];
 *     empty if no answer told
 */
public record FilterColumn(String column, long searches, OptionalDouble passing) {}

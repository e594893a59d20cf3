package io.proximadb.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One record of an answer.
 *
 * @param id its id
 * @param distance by the field's metric; ascending, smallest is best
 * @param fields the columns asked for; vectors as {@code float[]}
 */
public record SearchHit(String id, double distance, Map<String, @Nullable Object> fields) {}

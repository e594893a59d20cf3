package io.proximadb.api;

import org.jspecify.annotations.Nullable;

/**
 * A change of the strategy of a field that is under way.
 *
 * @param to the strategy that is to be
 * @param index its index, beside the one that serves; null if it needs none
 * @param phase {@code BUILD} while the index is made, {@code SHADOW} while it answers sampled
 *     searches beside the live one, {@code TRAFFIC} while it serves a share of the searches
 * @param percent of the searches that it serves
 * @param startedMillis when it began, since 1970
 * @param phaseMillis when the phase, or the share, began
 * @param reason in words
 * @param predicted of the strategy
 * @param live what was measured of the strategy that serves, when both were compared
 */
public record AxisMigration(
    String to,
    @Nullable String index,
    String phase,
    int percent,
    long startedMillis,
    long phaseMillis,
    String reason,
    AxisFigures predicted,
    AxisFigures live) {}

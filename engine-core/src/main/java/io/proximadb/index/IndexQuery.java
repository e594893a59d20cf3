package io.proximadb.index;

import io.proximadb.vector.DistanceFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * What an index is asked for.
 *
 * @param vector the query
 * @param distance scores by the field's metric, with the query
 * @param k rows wanted, at least 1
 * @param bound rows whose score is above it are not wanted; infinite for none
 * @param recall the share of the nearest rows that is to be found, in (0, 1]
 * @param effort rows that an approximate search keeps while it looks ("ef"), or 0 to go by {@code
 *     recall}
 * @param live which rows may be in the answer; null for all
 * @param liveRows how many these are
 * @param matching these rows where they are known one by one, as after a filter; else null
 */
@SuppressWarnings("ArrayRecordComponent")
public record IndexQuery(
    float[] vector,
    DistanceFunction distance,
    int k,
    double bound,
    double recall,
    int effort,
    @Nullable IntPredicate live,
    long liveRows,
    @Nullable RoaringBitmap matching) {}

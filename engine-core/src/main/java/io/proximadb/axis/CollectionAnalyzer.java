package io.proximadb.axis;

import io.proximadb.api.DataProfile;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.Pin;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what the vectors of one collection are like. Keeps the sample of the last profile while
 * there is memory, so that the next one reads only what is new in it. Safe for use by several
 * threads, which take turns.
 */
public final class CollectionAnalyzer {
  /** The newest files that together have that share of the sampled rows count as new. */
  private static final double NEW_SHARE = 0.1;

  private SoftReference<Kept> kept = new SoftReference<>(null);

  /** The vectors of the last sample, and the field that they are of. */
  private record Kept(VectorField field, Map<RowSampler.Place, float[]> vectors) {}

  /**
   * Looks at a sample of the flushed rows.
   *
   * @param name of a dense field; null for the default one
   * @throws InvalidArgumentException if there is no dense field of that name
   */
  public synchronized DataProfile profile(Pin pin, @Nullable String name) {
    VectorField field = field(pin.state().context().schema(), name);
    RowSampler.Sample sample = draw(pin, field);
    VectorTraits traits = new VectorTraits(sample.vectors(), field.dimension(), field.metric());
    return new DataProfile(
        field.name(),
        field.dimension(),
        sample.rows(),
        sample.vectors().size(),
        sample.newlyRead(),
        traits.normMean(),
        traits.normDeviation(),
        traits.zeroShare(),
        traits.intrinsicDimension(),
        traits.clusterShare(),
        traits.duplicateShare(),
        traits.drift(newer(sample.sequences())));
  }

  /** The sampled vectors themselves, in random order. */
  synchronized List<float[]> sample(Pin pin, VectorField field) {
    return draw(pin, field).vectors();
  }

  private RowSampler.Sample draw(Pin pin, VectorField field) {
    Kept before = kept.get();
    Map<RowSampler.Place, float[]> known =
        before != null && before.field().equals(field) ? before.vectors() : Map.of();
    RowSampler.Sample sample = RowSampler.draw(pin, field.name(), field.dimension(), known);
    kept = new SoftReference<>(new Kept(field, sample.byPlace()));
    return sample;
  }

  private static VectorField field(CollectionSchema schema, @Nullable String name) {
    VectorField field =
        name == null ? schema.defaultVectorField() : schema.vectorField(name).orElse(null);
    if (field == null || field.isSparse()) {
      throw new InvalidArgumentException(
          "Cannot profile field '"
              + (field == null ? name : field.name())
              + "': it is no dense vector field (expected one of "
              + schema.vectorFields().stream().map(VectorField::name).toList()
              + ")");
    }
    return field;
  }

  /** Which rows are in the newest files; the oldest one is never among these. */
  private static boolean[] newer(List<Long> sequences) {
    long[] sorted = sequences.stream().mapToLong(Long::longValue).sorted().toArray();
    boolean[] newer = new boolean[sorted.length];
    if (sorted.length == 0) {
      return newer;
    }
    long share = sorted[(int) (sorted.length * (1 - NEW_SHARE))];
    long from = Math.max(share, sorted[0] + 1);
    for (int row = 0; row < newer.length; row++) {
      newer[row] = sequences.get(row) >= from;
    }
    return newer;
  }
}
